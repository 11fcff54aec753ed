import { Counter } from "./counter.jsx";

export default function Page() {
  return <main><h1>Bench</h1>{Array.from({ length: 20 }, (_, n) => <Counter key={n} start={n} />)}</main>;
}
