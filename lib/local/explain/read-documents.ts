import { parseAllDocuments, type Document, type ScalarTag, type Tags } from 'yaml';

/** A Kubernetes object as someone wrote it, and where. */
export interface ManifestDocument {
  /** File and number of the document in it: `app.yaml#2`. */
  readonly source: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Something that was not read, and why. */
export interface Unreadable {
  readonly source: string;
  readonly message: string;
}

/** What was found in some files, or in a cluster. */
export interface Documents {
  readonly documents: readonly ManifestDocument[];
  /** What only tells about the others: claims and service accounts of a cluster, and the like. */
  readonly beside: readonly ManifestDocument[];
  readonly unreadable: readonly Unreadable[];
}

/** Aliases that one document may expand to: a bomb of them must not take the memory. */
const MOST_ALIASES = 10_000;
/** What YAML 1.1 has and kubectl's parser (go-yaml for JSON) has not: dates, and numbers such as 12:30. */
const NOT_IN_GO = /^(timestamp|(int|float)TIME)$/;

/** Every document of a YAML (or JSON) text, the items of lists one by one; empty documents are left out. */
export function readDocuments(text: string, file: string): Documents {
  const all = parseAllDocuments(text.replace(/^\uFEFF/, ''), { version: '1.1', merge: true, customTags });
  const parsed = (Array.isArray(all) ? all : []) as readonly Document[];
  const found = parsed.flatMap((document, index) => {
    const source = parsed.length === 1 ? file : `${file}#${index + 1}`;
    const [fault] = document.errors;
    if (fault !== undefined) return [{ source, message: `not YAML: ${firstLine(fault.message)}` }];
    return unfold(valueOf(document), source);
  });
  return {
    documents: found.filter((one) => 'object' in one),
    beside: [],
    unreadable: found.filter((one) => 'message' in one),
  };
}

function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    return error;
  }
}

/** kubectl reads YAML 1.1 (0400 is octal, `yes` is true), but `y` and `n` as texts. */
function customTags(tags: Tags): Tags {
  return tags.filter((tag) => !NOT_IN_GO.test(nameOf(tag))).map(withoutLetters);
}

function nameOf(tag: Tags[number]): string {
  if (typeof tag === 'string') return tag;
  const format = 'format' in tag ? (tag.format ?? '') : '';
  return `${tag.tag.replace(/^.*:/, '')}${format}`;
}

function withoutLetters(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || nameOf(tag) !== 'bool' || !('test' in tag)) return tag;
  const scalar = tag as ScalarTag;
  return { ...scalar, test: new RegExp((scalar.test?.source ?? '').replace(/(Y\|y|N\|n)\|/, '')) };
}

function unfold(value: unknown, source: string): readonly (ManifestDocument | Unreadable)[] {
  if (value === undefined || value === null) return [];
  if (value instanceof Error) return [{ source, message: `not YAML: ${firstLine(value.message)}` }];
  if (!isObject(value)) return [{ source, message: 'not a Kubernetes object' }];
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return [{ source, message: 'no Kubernetes object: it has no apiVersion and kind' }];
  if (kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => unfold(withKind(item, apiVersion, kind), `${source}[${index}]`));
  return [{ source, apiVersion, kind, object: value }];
}

/** Items of a `DeploymentList` do not say that they are Deployments. */
function withKind(item: unknown, apiVersion: string, kind: string): unknown {
  const own = kind.slice(0, -'List'.length);
  return own !== '' && isObject(item) ? { apiVersion, kind: own, ...item } : item;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/:$/, '') ?? text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
