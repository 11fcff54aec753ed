export const metadata = { title: "bench" };

export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
