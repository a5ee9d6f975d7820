// The inside of an execution environment: imports one bundle and calls its handler once, and tells its parent when. Plain
// JavaScript, so that the process holds nothing that Lambda's would not.
const [, , bundle] = process.argv;
const begun = performance.now();
const { handler } = await import(bundle);
process.send({ kind: 'loaded', importMs: performance.now() - begun });
process.on('message', ({ kind }) => {
  if (kind === 'measure') process.send({ kind: 'measured', peakKiB: process.resourceUsage().maxRSS });
  if (kind !== 'invoke') return;
  process.send({ kind: 'invoked', at: Date.now() });
  handler({ Records: [{ messageId: 'bench', body: '{}', attributes: {} }] }, {}).then(
    () => process.send({ kind: 'ended' }),
    (error) => process.send({ kind: 'failed', message: String(error) }),
  );
});
