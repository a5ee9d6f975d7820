import * as z from 'zod';

/** What the task metadata endpoint 4 says of a container (Amazon ECS developer guide), as far as it is read. */
const container = z.object({
  Networks: z.array(z.object({ IPv4Addresses: z.array(z.ipv4()).optional() })).min(1),
});

/**
 * The private IPv4 address of the task, which ECS knows.
 * @throws Error with the way out
 */
export async function ownAddress(environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  const { ECS_CONTAINER_METADATA_URI_V4: uri } = environment;
  if (uri === undefined)
    throw new Error('ECS_CONTAINER_METADATA_URI_V4 is not set: the gateway runs as a task of ECS on Fargate');
  const answer = await fetch(uri);
  const result = container.safeParse(await answer.json());
  const [address] = result.data?.Networks.flatMap(({ IPv4Addresses = [] }) => IPv4Addresses) ?? [];
  if (address === undefined)
    throw new Error(
      `The task has no IPv4 address by ${uri}: give the gateway subnets with IPv4 (or dual-stack ones)`,
    );
  return address;
}
