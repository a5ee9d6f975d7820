import { describe, expect, it } from 'vitest';
import { createJsonScreen } from '../../lib/local/demo/create-json-screen.ts';

describe('the screen of lambdalet demo -o json', () => {
  it('is a line for each thing that is told, and none for the eye only', () => {
    let out = '';
    const screen = createJsonScreen({ stdout: { write: (text: string) => (out += text) !== '' } });
    screen.title('Title');
    screen.chapter('First');
    screen.say('');
    screen.say('said');
    screen.command('kubectl get nodes');
    screen.live({ lines: ['NAME', 'a'], changes: ['  0.1 s  a  Ready '] });
    screen.settle(['NAME', 'a']);
    screen.show(['x']);
    screen.good('well');
    screen.bad('broken');
    const told = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    for (const one of told) expect(one).toMatchObject({ apiVersion: 'lambdalet.dev/v1', kind: 'DemoEvent' });
    expect(told).toMatchObject([
      { event: 'title', text: 'Title' },
      { event: 'chapter', text: 'First' },
      { event: 'say', text: 'said' },
      { event: 'command', text: 'kubectl get nodes' },
      { event: 'change', text: '0.1 s  a  Ready' },
      { event: 'table', lines: ['NAME', 'a'] },
      { event: 'table', lines: ['x'] },
      { event: 'good', text: 'well' },
      { event: 'bad', text: 'broken' },
    ]);
  });
});
