/** An attachment of a task: the network interface has the type `ElasticNetworkInterface` in the API, `eni` in events. */
export interface AttachmentLike {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
  readonly details?:
    readonly { readonly name?: string | undefined; readonly value?: string | undefined }[] | undefined;
}

/** By this the AWS load balancer controller finds the interface of a pod whose node is no instance, to open its security group. */
const POD_ENI = 'vpc.amazonaws.com/pod-eni';

/** A detail of a task's network interface (`privateIPv4Address`, `networkInterfaceId`, ..). */
export function interfaceDetail(
  attachments: readonly AttachmentLike[] | undefined,
  wanted: string,
): string | undefined {
  return (attachments ?? [])
    .filter(isInterface)
    .flatMap(({ details }) => details ?? [])
    .find(({ name }) => name === wanted)?.value;
}

/**
 * The annotation that tells of a task's network interface while it is attached: a JSON array of one, with the members that the
 * controller reads (`eniId`, `privateIp`: PodENIInfo in its pkg/k8s/pod_info.go) and the MAC address, as the VPC resource
 * controller writes them.
 */
export function interfaceAnnotations(
  attachments: readonly AttachmentLike[] | undefined,
  address: string | undefined,
): Readonly<Record<string, string>> | undefined {
  const attached = (attachments ?? []).filter(({ status }) => status === 'ATTACHED');
  const eniId = interfaceDetail(attached, 'networkInterfaceId');
  const ifAddress = interfaceDetail(attached, 'macAddress');
  if (eniId === undefined || address === undefined) return undefined;
  return { [POD_ENI]: JSON.stringify([{ eniId, ifAddress, privateIp: address }]) };
}

function isInterface({ type }: AttachmentLike): boolean {
  return type === 'ElasticNetworkInterface' || type === 'eni';
}
