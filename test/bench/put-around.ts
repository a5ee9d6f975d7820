/** Puts something around a method of an object that others hold too: `make` is given the method as it was. */
export function putAround<Thing extends object, Name extends keyof Thing>(
  thing: Thing,
  name: Name,
  make: (call: Thing[Name]) => Thing[Name],
): void {
  const call: unknown = thing[name];
  if (typeof call !== 'function') throw new TypeError(`${String(name)} is no method`);
  Object.assign(thing, { [name]: make(call.bind(thing) as Thing[Name]) });
}
