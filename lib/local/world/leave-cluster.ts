import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { World } from './world.ts';

/**
 * Takes the virtual node and its pods out of the cluster: runs node-teardown as CloudFormation would when the stack is deleted,
 * then removes what is left of the pods, which the teardown leaves to their owners. Returns what the handler answered.
 */
export async function leaveCluster(world: World): Promise<string> {
  const answer = await tearDown(world);
  const { items } = (await world.user.demand('GET', `/api/v1/pods?${boundTo(world.node)}`)) as PodList;
  for (const { metadata } of items) {
    const { namespace, name, uid } = metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    await world.user.ask('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid } });
  }
  // Gone already unless the teardown ran out of time: a second DELETE is harmless.
  await world.user.ask('DELETE', `/api/v1/nodes/${world.node}`);
  return answer;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string };
  }[];
}

function boundTo(node: string): string {
  return new URLSearchParams({ fieldSelector: `spec.nodeName=${node}` }).toString();
}

/** Invokes the handler with a URL of our own to answer to, in place of CloudFormation's presigned one. */
async function tearDown(world: World): Promise<string> {
  const answered = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.end();
      answered.resolve(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await world.invoke('node-teardown', deletion(world.node, `http://127.0.0.1:${port}/answer`));
    const { Reason } = JSON.parse(await answered.promise) as { readonly Reason: string };
    return Reason;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function deletion(node: string, ResponseURL: string): object {
  return {
    RequestType: 'Delete',
    ResponseURL,
    ServiceToken: 'local',
    StackId: 'local',
    RequestId: randomUUID(),
    LogicalResourceId: 'Node',
    PhysicalResourceId: node,
    ResourceType: 'Custom::LambdaletNode',
    ResourceProperties: { ServiceToken: 'local', Node: node },
  };
}
