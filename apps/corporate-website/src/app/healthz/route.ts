/** What the probes of the chart ask. */
export function GET() {
  return new Response("ok\n");
}
