import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFunction, type LocalFunction } from '../../lib/local/pumps/create-function.ts';

let folder: string;
const open: LocalFunction[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-function-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await rm(folder, { recursive: true, force: true });
});

/** A function whose handler is this text. */
async function functionOf(source: string, options: { timeoutMs?: number; lines?: string[] } = {}) {
  const file = join(folder, 'handler.mjs');
  await writeFile(file, source);
  const made = createFunction({
    name: 'tried',
    module: pathToFileURL(file).href,
    timeoutMs: options.timeoutMs ?? 10_000,
    environment: { GREETING: 'hello' },
    onLine: (line) => options.lines?.push(line),
  });
  open.push(made);
  return made;
}

describe('a local function', () => {
  it('answers with what its handler returns, in an environment of its own', async () => {
    const tried = await functionOf(
      'export const handler = async ({ name }) => `${process.env.GREETING} ${name}, ${process.env.HOME}`;',
    );
    expect(await tried.invoke({ name: 'pod' })).toBe('hello pod, undefined');
  });

  it('tells the handler how much time is left', async () => {
    const tried = await functionOf(
      'export const handler = async (_event, context) => context.getRemainingTimeInMillis();',
    );
    const left = await tried.invoke({});
    expect(left).toBeGreaterThan(5_000);
    expect(left).toBeLessThanOrEqual(10_000);
  });

  it('keeps its environment warm, and starts another for an invocation at the same time', async () => {
    const tried = await functionOf(
      'let count = 0; export const handler = async ({ ms }) => { count += 1; await new Promise((done) => setTimeout(done, ms)); return count; };',
    );
    expect(await tried.invoke({ ms: 0 })).toBe(1);
    expect(await tried.invoke({ ms: 0 })).toBe(2);
    const long = tried.invoke({ ms: 500 });
    expect(await tried.invoke({ ms: 0 })).toBe(1);
    expect(await long).toBe(3);
  });

  it('rejects as the handler did, and goes on', async () => {
    const tried = await functionOf(
      'export const handler = async ({ fail }) => { if (fail) throw new Error("the table is missing"); return "done"; };',
    );
    await expect(tried.invoke({ fail: true })).rejects.toThrow('the table is missing');
    expect(await tried.invoke({})).toBe('done');
  });

  it('says why a handler could not be loaded, at each invocation', async () => {
    const tried = await functionOf('throw new Error("LAMBDALET_TABLE is not set");');
    await expect(tried.invoke({})).rejects.toThrow('LAMBDALET_TABLE is not set');
    await expect(tried.invoke({})).rejects.toThrow('LAMBDALET_TABLE is not set');
  });

  it('ends an invocation that takes longer than it may, and starts anew', async () => {
    const tried = await functionOf(
      'let count = 0; export const handler = ({ hang }) => { count += 1; return hang ? new Promise(() => setInterval(() => {}, 1000)) : count; };',
      { timeoutMs: 1_000 },
    );
    await expect(tried.invoke({ hang: true })).rejects.toThrow('tried timed out after 1 seconds');
    expect(await tried.invoke({})).toBe(1);
  });

  it('hands over what the handler prints, and prints nothing itself', async () => {
    const lines: string[] = [];
    const tried = await functionOf(
      'export const handler = async () => { console.log("one"); console.error("two"); };',
      { lines },
    );
    await tried.invoke({});
    for (let tries = 0; lines.length < 2 && tries < 100; tries += 1) await sleep(10);
    expect(lines.sort()).toEqual(['one', 'two']);
  });

  it('ends at once when it is closed, in the middle of an invocation', async () => {
    const tried = await functionOf(
      'export const handler = () => new Promise(() => setInterval(() => {}, 1000));',
    );
    const running = expect(tried.invoke({})).rejects.toThrow('was ended');
    await sleep(300);
    const begun = Date.now();
    await tried.close();
    await running;
    expect(Date.now() - begun).toBeLessThan(1_500);
    await expect(tried.invoke({})).rejects.toThrow('tried is closed');
  });
});
