import { Card, SiteShell } from "@synestra/ui";

import { site } from "../site";

// SITE_URL belongs to the namespace, not to the build.
export const dynamic = "force-dynamic";

export default function Home() {
  const { SITE_URL } = site();
  return (
    <SiteShell name="Synestra Group" url={SITE_URL}>
      <Card title="Company">Engineering for the web since 2019.</Card>
      <Card title="Contact">Write to hello@synestra.example.</Card>
    </SiteShell>
  );
}
