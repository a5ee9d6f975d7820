import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/adapters/clock/system-clock.ts';
import { createFiles } from '../../../lib/local/aws/ecs/container-files.ts';
import { PROGRAMS } from '../../../lib/local/container-shell/programs.ts';
import type { Machine } from '../../../lib/local/container-shell/machine.ts';
import { runInMachine } from '../../../lib/local/container-shell/run-in-machine.ts';
import { encodeEnd, encodeEntry, TarReader } from '../../../lib/local/container-shell/tar-archive.ts';

function newMachine(): Machine {
  return {
    files: createFiles(new Map()),
    directories: new Set(['/', '/tmp']),
    environment: new Map([['COLOUR', 'grün']]),
    ...{ hostname: 'box', workingDirectory: '/', clock: systemClock, programs: PROGRAMS },
  };
}

/** What a script writes to its terminal, whose line ends are undone, and its exit code. */
async function run(script: string, machine = newMachine()): Promise<readonly [string, number]> {
  const program = runInMachine(machine, ['sh', '-c', script]);
  if (program === undefined) throw new Error('the machine has no shell');
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = await program.terminal.readOutput(1024);
    if (chunk === undefined) break;
    chunks.push(chunk);
  }
  return [Buffer.concat(chunks).toString().replaceAll('\r\n', '\n'), await program.end];
}

/** The simulated shell does with these what the shell of this machine does. */
const SCRIPTS = [
  'echo one two; echo "a  b" c; echo a   b; printf "%s-%s\\n" 1 2 3',
  'x=5; y=$x$x; echo $y "${y}!" ${z:-none} ${z:=set} $z ${#y} ${y#5} ${y%5} "${z+yes}"',
  'f=path/to/file.tar.gz; echo ${f##*/} ${f%%.*} ${f#*/} ${f%.*}',
  'true && echo yes || echo no; false && echo yes || echo no; ! true; echo $?',
  'for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done',
  'i=0; while :; do i=$((i+1)); [ $i -ge 4 ] && break; done; echo $i $((2*(3+4)%5)) $((7/2)) $((1<2))',
  'case foo.txt in *.md) echo md;; *.txt|*.text) echo text;; *) echo other;; esac',
  'f(){ echo "$# $1 $2"; return 3; }; f a "b c"; echo $?',
  'set -- a "b c" d; echo $#; for w in "$@"; do echo "<$w>"; done; shift; echo "$1" "$*"',
  'echo out | { read a; echo "got $a"; }; printf "1\\n2\\n" | while read n; do echo $((n*10)); done',
  'x=$(echo sub; echo more); echo "$x"; echo $x; echo `echo old`',
  '(x=inner; echo $x); echo "[$x]"; { y=group; }; echo $y',
  'echo hidden >/dev/null; echo err >&2; { echo a; echo b >&2; } 2>&1 | cat',
  'exec 3>&1; { echo to-three >&3; echo lost; } >/dev/null; (exit 9); echo $?',
  'x=$(false); echo $?; x=1; echo $?; c=$(exit 4) || echo "code $?"',
  'eval "echo \\"a b\\""; e="echo"; $e ok; cd /tmp && pwd; cd - >/dev/null 2>&1; :',
  "printf '%b|%5s|%-5s|%03d|%x\\n' 'a\\tb' r l 7 255; printf '\\101\\n'",
  'printf "a b:c\\n" | { IFS=: read x y; echo "$x,$y"; }; printf "  x  y z \\n" | { read a b; echo "[$a][$b]"; }',
  'echo abcdef | head -c 3; echo; printf "1\\n2\\n3\\n" | tail -n 2; printf "1\\n2\\n" | wc -l; echo hello | tr a-y b-z',
  'if false; then echo a; elif true; then echo b; else echo c; fi; until true; do :; done; echo end # comment',
  'no-such-program 2>/dev/null; echo $?; exit 7',
  'set -e; if false; then :; fi; false || true; echo here; false; echo never',
];

describe('the simulated shell', () => {
  it.each(SCRIPTS)('does as a real one: %s', async (script) => {
    const real = ((): readonly [string, number] => {
      try {
        return [
          execFileSync('sh', ['-c', script], {
            stdio: ['ignore', 'pipe', 'ignore'],
            cwd: '/',
          }).toString(),
          0,
        ];
      } catch (error) {
        const { stdout, status } = error as { readonly stdout: Buffer; readonly status: number };
        return [stdout.toString(), status];
      }
    })();
    const [text, code] = await run(`exec 2>/dev/null; ${script}`);
    expect([text.replaceAll(/ +(?=\d+\n)/g, ''), code]).toEqual([
      real[0].replaceAll(/ +(?=\d+\n)/g, ''),
      real[1],
    ]);
  });

  it('keeps files, and knows nothing of those of this machine', async () => {
    const machine = newMachine();
    await run('mkdir -p /tmp/d; echo one >/tmp/d/f; echo two >>/tmp/d/f; touch /tmp/e', machine);
    expect(
      await run('cat /tmp/d/f; ls /tmp; cd /tmp/d; ls; [ -d /tmp/d ] && [ -f f ] && echo both', machine),
    ).toEqual(['one\ntwo\nd\ne\nf\nboth\n', 0]);
    expect(await run('rm -r /tmp/d; ls /tmp; cat /etc/passwd', machine)).toEqual([
      'e\ncat: /etc/passwd: No such file or directory\n',
      1,
    ]);
  });

  it('has the variables and the name of its container', async () => {
    expect(
      await run('echo $COLOUR; hostname; env | head -n 1; printenv COLOUR; A=b env | tail -n 1'),
    ).toEqual([
      'grün\nbox\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\ngrün\nA=b\n',
      0,
    ]);
  });

  it('says of a script that it cannot read what is wrong', async () => {
    expect(await run('echo a; done')).toEqual(['sh: Syntax error: "done" unexpected\n', 2]);
    expect(await run('cat <<EOF')).toEqual(['sh: here-documents are not simulated\n', 2]);
  });
});

describe('an archive', () => {
  const long = `${'directory/'.repeat(12)}file`;
  const entries = [
    { name: 'd/', isDirectory: true, mode: 0o755, content: new Uint8Array(0) },
    {
      name: 'd/a.bin',
      isDirectory: false,
      mode: 0o600,
      content: Uint8Array.from({ length: 1500 }, (_, at) => at % 256),
    },
    { name: long, isDirectory: false, mode: 0o644, content: Buffer.from('deep') },
  ];

  it('is read as it was written, however it is cut', () => {
    const bytes = Buffer.concat([...entries.map(encodeEntry), encodeEnd()]);
    const reader = new TarReader();
    const read = [];
    for (let at = 0; at < bytes.length; at += 333) read.push(...reader.read(bytes.subarray(at, at + 333)));
    expect(read.map(({ name, mode, content }) => [name, mode, Buffer.from(content).toString('hex')])).toEqual(
      entries.map(({ name, mode, content }) => [name, mode, Buffer.from(content).toString('hex')]),
    );
  });

  it('is one for the tar of this machine, and the other way round', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tar-'));
    try {
      writeFileSync(join(directory, 'one.tar'), Buffer.concat([...entries.map(encodeEntry), encodeEnd()]));
      execFileSync('tar', ['xf', 'one.tar'], { cwd: directory });
      expect(readFileSync(join(directory, long)).toString()).toBe('deep');
      for (const format of ['gnu', 'pax', 'ustar']) {
        const archive = execFileSync('tar', ['cf', '-', `--format=${format}`, 'd', long], { cwd: directory });
        const read = new TarReader().read(archive);
        expect(read.map(({ name }) => name)).toEqual(['d/', 'd/a.bin', long]);
        expect(Buffer.from(read[1]?.content ?? []).equals(Buffer.from(entries[1]?.content ?? []))).toBe(true);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
