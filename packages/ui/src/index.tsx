import type { CSSProperties, ReactNode } from "react";

const page: CSSProperties = { font: "1rem/1.5 system-ui, sans-serif", margin: "4rem auto", maxWidth: "40rem" };
const card: CSSProperties = { border: "1px solid #d4d4d8", borderRadius: 8, marginTop: "1rem", padding: "1rem" };

/** The frame of every Synestra site: its name, what it shows, the address that it is served at. */
export function SiteShell({ name, url, children }: { name: string; url: string; children: ReactNode }) {
  return (
    <div style={page}>
      <header>
        <h1>{name}</h1>
      </header>
      <main>{children}</main>
      <footer>
        <p>
          <a href={url}>{url}</a>
        </p>
      </footer>
    </div>
  );
}

/** One topic with a heading. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section style={card}>
      <h2>{title}</h2>
      <p>{children}</p>
    </section>
  );
}
