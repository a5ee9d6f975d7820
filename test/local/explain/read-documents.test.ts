import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../lib/local/explain/read-documents.ts';

const kindsOf = (text: string): readonly string[] =>
  readDocuments(text, 'app.yaml').documents.map(({ kind, source }) => `${kind} ${source}`);
const specOf = (text: string): unknown =>
  readDocuments(`apiVersion: v1\nkind: Pod\nspec: ${text}`, 'app.yaml').documents[0]?.object['spec'];

describe('the documents of a manifest', () => {
  it('are told by their number when there are several, and empty ones are nothing', () => {
    expect(kindsOf('kind: Pod\napiVersion: v1')).toEqual(['Pod app.yaml']);
    expect(
      kindsOf('kind: Pod\napiVersion: v1\n---\n# nothing\n---\nkind: Job\napiVersion: batch/v1'),
    ).toEqual(['Pod app.yaml#1', 'Job app.yaml#3']);
    expect(kindsOf('')).toEqual([]);
  });

  it('are read from JSON, and with a byte order mark', () => {
    expect(kindsOf('\uFEFF{"kind": "Pod", "apiVersion": "v1"}')).toEqual(['Pod app.yaml']);
  });

  it('are the items of a list, which inherit its kind', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod' }, null] };
    expect(kindsOf(JSON.stringify(list))).toEqual(['Pod app.yaml[0]']);
    const pods = { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'one' } }] };
    expect(kindsOf(JSON.stringify(pods))).toEqual(['Pod app.yaml[0]']);
  });

  it('mean what they mean to kubectl', () => {
    expect(specOf('{ a: 0400, b: yes, c: y, d: n, e: 12:30, f: 2026-01-05, g: on, h: 1e3 }')).toEqual({
      a: 256,
      b: true,
      c: 'y',
      d: 'n',
      e: '12:30',
      f: '2026-01-05',
      g: true,
      h: 1000,
    });
  });

  it('may share parts by anchors and merge keys', () => {
    expect(specOf('{ a: &a { x: 1 }, b: { <<: *a, y: 2 } }')).toMatchObject({ b: { x: 1, y: 2 } });
  });

  it('are told one by one when they cannot be read', () => {
    const text = 'x: [\n---\nkind: Pod\napiVersion: v1\n---\njust text\n---\nkind: Pod';
    const { documents, unreadable } = readDocuments(text, 'app.yaml');
    expect(documents).toHaveLength(1);
    expect(unreadable).toEqual([
      {
        source: 'app.yaml#1',
        message: expect.stringMatching(/^not YAML: .* at line \d+, column \d+$/) as string,
      },
      { source: 'app.yaml#3', message: 'not a Kubernetes object' },
      { source: 'app.yaml#4', message: 'no Kubernetes object: it has no apiVersion and kind' },
    ]);
  });

  it('do not take the memory by aliases of aliases', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefg'.split('').map((name, index) => {
        const before = 'abcdef'[index] ?? 'a';
        return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`;
      }),
    ].join('\n');
    const { unreadable } = readDocuments(bomb, 'bomb.yaml');
    expect(unreadable[0]?.message).toContain('Excessive alias count');
  });
});
