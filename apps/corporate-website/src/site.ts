import { readEnv, url } from "@synestra/env";

/** The settings of this site, read when a request needs them: the same image runs in every namespace. */
export function site() {
  return readEnv({
    SITE_URL: url({ default: "http://localhost:3001" }),
  });
}
