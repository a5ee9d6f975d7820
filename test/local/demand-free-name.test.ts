import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import { askCluster } from '../../lib/local/world/ask-cluster.ts';
import { demandFreeName } from '../../lib/local/world/demand-free-name.ts';

type Server = Awaited<ReturnType<typeof startApiServer>>;
let server: Server;
beforeAll(async () => {
  server = await startApiServer({ controllers: 'none' });
  const user = askCluster(server.kubeconfig);
  const node = (name: string, labels: object): object => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
  });
  await user.demand('POST', '/api/v1/nodes', node('worker-7', { role: 'important' }));
  await user.demand('POST', '/api/v1/nodes', node('left-over', { 'lambdalet.dev/simulated': 'true' }));
});
afterAll(() => server.close());

describe('the name of a simulated node in a cluster that is joined', () => {
  it.each(['free', 'left-over'])('may be %s: nobody has it, or an earlier trial left it', async (name) => {
    await expect(demandFreeName(server.kubeconfig, name)).resolves.toBeUndefined();
  });

  it('may not be that of a real node, which leaving the cluster would delete with its pods', async () => {
    await expect(demandFreeName(server.kubeconfig, 'worker-7')).rejects.toThrow(
      /has a node worker-7 already.*--node/,
    );
  });
});
