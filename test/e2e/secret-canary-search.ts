import { randomBytes } from 'node:crypto';
import { constants, gunzipSync } from 'node:zlib';

/** Something that must not be seen where it has no business. */
export interface Canary {
  readonly name: string;
  /** Unique; of letters and digits, so that neither JSON nor a URL writes it in another way. */
  readonly core: string;
  /** A value with the core in it, and with what makes encodings differ around it. */
  readonly value: string;
}

/** A text to search, and where it was found. */
export interface Place {
  readonly where: string;
  readonly text: string;
}

/** A canary that was found, and in which disguise. */
export interface Leak {
  readonly canary: string;
  readonly where: string;
  readonly as: string;
}

/** A new canary; of another core than any other. */
export function newCanary(name: string): Canary {
  const core = `cnry${randomBytes(14).toString('hex')}`;
  return { name, core, value: `"p=${core}/+\\é` };
}

/**
 * Finds canaries in texts: as they are, in base64 of either alphabet at any place of it, in hexadecimal, escaped as in JSON or URLs (also
 * when every character is), and in base64 of gzip, whole or in chunks; and in each of these within another.
 */
export function findCanaries(canaries: readonly Canary[], places: readonly Place[]): readonly Leak[] {
  const needles = canaries.flatMap(({ name, core }) =>
    disguisesOf(core).map(({ as, text }) => ({ canary: name, as, text })),
  );
  const leaks = places.flatMap(({ where, text }) =>
    formsOf(text, 0).flatMap((form) =>
      needles
        .filter((needle) => form.text.includes(needle.text))
        .map(({ canary, as }) => ({ canary, where, as: [...form.by, as].join(' in ') })),
    ),
  );
  return [...new Map(leaks.map((leak) => [JSON.stringify(leak), leak])).values()];
}

function disguisesOf(core: string): readonly { readonly as: string; readonly text: string }[] {
  const bytes = Buffer.from(core);
  const base64 = [0, 1, 2].flatMap((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const whole = shifted.subarray(0, shifted.length - (shifted.length % 3));
    // The first characters are of the bytes before, too.
    const from = shift === 0 ? 0 : 4;
    return [whole.toString('base64').slice(from), whole.toString('base64url').slice(from)];
  });
  return [
    { as: 'plain', text: core },
    ...base64.map((text) => ({ as: 'base64', text })),
    { as: 'hex', text: bytes.toString('hex') },
  ];
}

interface Form {
  /** What was undone, the outermost first. */
  readonly by: readonly string[];
  readonly text: string;
}

const MOST_LAYERS = 3;

/** The text itself, and what it becomes when what it is wrapped in is undone. */
function formsOf(text: string, layer: number, by: readonly string[] = []): readonly Form[] {
  const own: Form = { by, text };
  if (layer === MOST_LAYERS) return [own];
  const inner = [
    ...changed('JSON', text, unescapeJson(text)),
    ...changed('URL', text, unescapeUrl(text)),
    ...unzipped(text).map((found) => ({ how: 'gzip', found })),
  ];
  return [own, ...inner.flatMap(({ how, found }) => formsOf(found, layer + 1, [...by, how]))];
}

function changed(how: string, before: string, found: string): readonly { how: string; found: string }[] {
  return found === before ? [] : [{ how, found }];
}

function unescapeJson(text: string): string {
  return text
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('\\/', '/');
}

function unescapeUrl(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const GZIP = /H4sI[A-Za-z0-9+/_-]+/g;
const LONG_RUN = /[A-Za-z0-9+/_-]{1000,}/g;

/** What every gzip in base64 holds, as far as it goes; a chunk is also read together with the long ones that follow it. */
function unzipped(text: string): readonly string[] {
  return [...text.matchAll(GZIP)].flatMap((match) => {
    const rest = text.slice(match.index + match[0].length);
    const joined = [match[0], ...(rest.match(LONG_RUN) ?? [])].join('');
    return [...new Set([match[0], joined])].flatMap(unzip);
  });
}

function unzip(text: string): readonly string[] {
  try {
    const bytes = Buffer.from(text, 'base64');
    return [gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1')];
  } catch {
    return [];
  }
}
