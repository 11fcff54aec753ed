import { createRoot } from "react-dom/client";
import { createElement } from "react";
import "./style.css";
createRoot(document.getElementById("root")).render(createElement("h1", null, "hello"));
