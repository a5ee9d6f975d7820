import { Token } from 'aws-cdk-lib';

/** Settings as files beside the code of the functions, and the texts in them that only the deployment knows. */
export interface SplitSettings {
  /** JSON by the name of the file. */
  readonly files: Readonly<Record<string, string>>;
  /** What stands in the files as `"${0}"`, `"${1}"`, .. */
  readonly values: readonly string[];
}

/**
 * Settings as JSON files. The variables of a function together hold 4 KB, files as much as there is; but a file is made at synth, when
 * the id of a subnet that the same app makes is not known. Each such text goes into `values`, once, and the file names its place.
 *
 * @param settings - by the name of the file without `.json`
 */
export function splitSettings(settings: Readonly<Record<string, unknown>>): SplitSettings {
  const values: string[] = [];
  const placeOf = (value: string): string => {
    if (!values.includes(value)) values.push(value);
    return `\${${values.indexOf(value)}}`;
  };
  const files = Object.entries(settings).map(([name, content]) => {
    const text = JSON.stringify(content, (_, value: unknown) =>
      typeof value === 'string' && Token.isUnresolved(value) ? placeOf(value) : value,
    );
    return [`${name}.json`, text] as const;
  });
  return { files: Object.fromEntries(files), values };
}
