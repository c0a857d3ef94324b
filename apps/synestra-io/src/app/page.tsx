import { Card, SiteShell } from "@synestra/ui";

import { site } from "../site";

// SITE_URL belongs to the namespace, not to the build.
export const dynamic = "force-dynamic";

export default function Home() {
  const { SITE_URL } = site();
  return (
    <SiteShell name="Synestra" url={SITE_URL}>
      <Card title="Platform">Sites that share one foundation.</Card>
      <Card title="Delivery">From a branch to a preview in minutes.</Card>
    </SiteShell>
  );
}
