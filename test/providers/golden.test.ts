import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEcsEmulator } from './ecs-emulator.ts';
import { T0 } from './fixtures.ts';
import { planManifest, renderManifest } from './render-golden.ts';

const folder = new URL('../golden/', import.meta.url).pathname;
const cases = globSync('*.pod.yaml', { cwd: folder })
  .map((file) => basename(file, '.pod.yaml'))
  .sort();
const update = process.env['UPDATE_GOLDEN'] === '1';

describe('what a pod becomes on ECS', () => {
  it('is shown by at least 60 cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  it('say on their first line what they show', () => {
    const silent = cases.filter(
      (name) => !readFileSync(`${folder}${name}.pod.yaml`, 'utf8').startsWith('# '),
    );
    expect(silent).toEqual([]);
  });

  it.each(cases)('%s', async (name) => {
    const rendered = await renderManifest(readFileSync(`${folder}${name}.pod.yaml`, 'utf8'));
    for (const [ending, text] of Object.entries(rendered)) {
      const file = `${folder}${name}.${ending}`;
      if (update && text === undefined) rmSync(file, { force: true });
      if (update && text !== undefined) writeFileSync(file, text);
      const golden = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      expect(
        text,
        `${name}.${ending} differs; if that is meant: UPDATE_GOLDEN=1 vitest run test/providers/golden.test.ts`,
      ).toBe(golden);
    }
  });

  it.each(cases)('%s is taken by ECS as it is', async (name) => {
    const planned = await planManifest(readFileSync(`${folder}${name}.pod.yaml`, 'utf8'));
    if (!planned.launched) return;
    const { definition, family } = planned.plan;
    const { model } = createEcsEmulator(() => T0);
    model.handle('RegisterTaskDefinition', { ...definition, family }, T0);
    expect(model.handle('RunTask', planned.runTask, T0)).toMatchObject({ tasks: [{}], failures: [] });
  });

  it('leaves no file behind whose case is gone', () => {
    const files = globSync('*', { cwd: folder }).filter((file) => file.includes('.'));
    const orphans = files.filter((file) => !cases.includes(file.slice(0, file.indexOf('.'))));
    expect(orphans).toEqual([]);
  });
});
