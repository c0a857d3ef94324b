/** Turns the text of one variable into a value, or throws with what is wrong about it. */
export type Parser<T> = (text: string) => T;

/** A variable: how to parse it, and what it is when unset. Without a default it is required. */
export interface Variable<T> {
  parse: Parser<T>;
  fallback: T | undefined;
}

/** The value type of each variable of a schema. */
export type Values<S extends Record<string, Variable<unknown>>> = {
  [K in keyof S]: S[K] extends Variable<infer T> ? T : never;
};

/** Every problem of an environment at once: nobody wants to restart a pod once per typo. */
export class EnvError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`invalid environment:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "EnvError";
  }
}

function variable<T>(parse: Parser<T>) {
  return (options: { default?: T } = {}): Variable<T> => ({ parse, fallback: options.default });
}

/** Any text. */
export const string = variable((text) => text);

/** An absolute http or https URL, without a slash at its end. */
export const url = variable((text) => {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new Error("is not an http(s) URL");
  }
  return text.replace(/\/+$/, "");
});

/** A TCP port. */
export const port = variable((text) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new Error("is not a port (1 to 65535)");
  }
  return value;
});

/** `true` or `false`, nothing else: `FEATURE=0` that means yes has cost enough evenings. */
export const flag = variable((text) => {
  if (text !== "true" && text !== "false") {
    throw new Error("is neither `true` nor `false`");
  }
  return text === "true";
});

/**
 * Reads the variables of `schema` from `source`. An empty variable counts as unset, as Helm and
 * Compose write it. Throws one `EnvError` that names every variable that is missing or wrong; the
 * values themselves are never part of a message, as they may be secrets.
 */
export function readEnv<S extends Record<string, Variable<unknown>>>(
  schema: S,
  source: Record<string, string | undefined> = process.env,
): Values<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { parse, fallback }] of Object.entries(schema)) {
    const text = source[name];
    if (text === undefined || text === "") {
      if (fallback === undefined) {
        problems.push(`${name} is not set`);
      }
      values[name] = fallback;
      continue;
    }
    try {
      values[name] = parse(text);
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) {
    throw new EnvError(problems);
  }
  return values as Values<S>;
}
