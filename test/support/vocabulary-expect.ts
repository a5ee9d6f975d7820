import { expect } from 'vitest';

/** An object with at least these fields, in the place of any typed value. */
export const having = (fields: object): never => expect.objectContaining(fields) as never;
