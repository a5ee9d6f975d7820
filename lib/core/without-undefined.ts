type Keys<T, Optional> = {
  [Key in keyof T]: undefined extends T[Key]
    ? Optional extends true
      ? Key
      : never
    : Optional extends true
      ? never
      : Key;
}[keyof T];

/** `T` with every property that may be `undefined` made optional instead: the two differ in JSON and in a patch. */
export type WithoutUndefined<T> = { [Key in Keys<T, false>]: T[Key] } & {
  [Key in Keys<T, true>]?: Exclude<T[Key], undefined>;
};

/** The object without the properties that are `undefined`. */
export function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as WithoutUndefined<T>;
}
