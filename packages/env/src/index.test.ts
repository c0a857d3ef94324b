import assert from "node:assert/strict";
import { test } from "node:test";

import { EnvError, flag, port, readEnv, string, url } from "./index.js";

test("values have the types of their parsers", () => {
  const env = readEnv(
    { SITE_URL: url(), PORT: port(), DRAFTS: flag(), NAME: string() },
    { SITE_URL: "https://synestra.example/", PORT: "3000", DRAFTS: "false", NAME: "site" },
  );
  assert.deepEqual(env, { SITE_URL: "https://synestra.example", PORT: 3000, DRAFTS: false, NAME: "site" });
});

test("a default stands in for a variable that is unset or empty", () => {
  const schema = { PORT: port({ default: 3000 }), DRAFTS: flag({ default: false }) };
  assert.deepEqual(readEnv(schema, { DRAFTS: "" }), { PORT: 3000, DRAFTS: false });
});

test("one error names every problem and no value", () => {
  const read = () => readEnv({ SITE_URL: url(), PORT: port(), NAME: string() }, { SITE_URL: "s3cret", PORT: "0" });
  assert.throws(read, (error) => {
    assert.ok(error instanceof EnvError);
    assert.deepEqual(error.problems, [
      "SITE_URL is not an http(s) URL",
      "PORT is not a port (1 to 65535)",
      "NAME is not set",
    ]);
    assert.doesNotMatch(error.message, /s3cret/);
    return true;
  });
});
