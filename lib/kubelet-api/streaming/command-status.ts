/** How a command ended, for the client. */
export type CommandStatus =
  | { readonly kind: 'exited'; readonly code: number }
  /** It cannot be said how it ended, or it never began. */
  | { readonly kind: 'failed'; readonly message: string };

/**
 * What a client reads on the error stream, in the words of the kubelet (k8s.io/cri-streaming `remotecommand`): a `metav1.Status` from
 * version 4 of the protocol on; before that text, and nothing where all is well.
 */
export function renderStatus(status: CommandStatus, isStatus: boolean): string {
  if (isStatus) return JSON.stringify(toStatus(status));
  if (status.kind === 'failed') return status.message;
  return status.code === 0 ? '' : exitMessage(status.code);
}

function toStatus(status: CommandStatus): object {
  if (status.kind === 'failed')
    return { status: 'Failure', message: status.message, reason: 'InternalError', code: 500 };
  if (status.code === 0) return { status: 'Success' };
  return {
    status: 'Failure',
    message: exitMessage(status.code),
    reason: 'NonZeroExitCode',
    // Clients read it as a number of eight bits.
    details: { causes: [{ reason: 'ExitCode', message: String(status.code & 0xff) }] },
  };
}

function exitMessage(code: number): string {
  return `command terminated with non-zero exit code: exit status ${code}`;
}
