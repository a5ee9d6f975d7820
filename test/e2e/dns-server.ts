import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';

/** A DNS server on one address of this machine. */
export interface DnsServer {
  readonly address: string;
  /** The names that were asked for, in order, each type once. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

const HEADER_BYTES = 12;
const TYPE_A = 1;
const NAME_ERROR = 3;
/** A pointer to the question's name, which follows the header (RFC 1035, 4.1.4). */
const SAME_NAME = 0xc00c;

/**
 * Answers questions for these names (A records, TTL 0) as the DNS of a cluster does; any other name does not exist. glibc asks port 53
 * and no other, so this needs the right to listen there.
 */
export async function startDnsServer(
  address: string,
  records: Readonly<Record<string, string>>,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (question, from) => {
    const { name, end } = readName(question);
    if (asked.at(-1) !== name) asked.push(name);
    socket.send(answer(question.subarray(0, end + 4), records[name]), from.port, from.address);
  });
  await listening(socket, address);
  return {
    address,
    asked,
    stop: () =>
      new Promise((stopped) => {
        socket.close(stopped);
      }),
  };
}

function listening(socket: Socket, address: string): Promise<void> {
  return new Promise((ready, failed) => {
    socket.once('error', failed);
    socket.bind(53, address, () => {
      socket.off('error', failed);
      ready();
    });
  });
}

/** The name in the question, in lower case, and where its type begins. */
function readName(question: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = question.readUInt8(at); length > 0; length = question.readUInt8(at)) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** The question with its answer; a name without an address of the type that was asked for is there and empty. */
function answer(question: Buffer, address: string | undefined): Buffer {
  const isA = question.readUInt16BE(question.length - 4) === TYPE_A;
  const found = address !== undefined && isA ? [record(address)] : [];
  const reply = Buffer.concat([question, ...found]);
  // A response with recursion available, in the words of the question's own flags.
  reply.writeUInt16BE(0x8180 | (address === undefined ? NAME_ERROR : 0), 2);
  reply.writeUInt16BE(found.length, 6);
  reply.writeUInt32BE(0, 8);
  return reply;
}

function record(address: string): Buffer {
  const made = Buffer.alloc(16);
  made.writeUInt16BE(SAME_NAME, 0);
  made.writeUInt16BE(TYPE_A, 2);
  made.writeUInt16BE(1, 4);
  made.writeUInt32BE(0, 6);
  made.writeUInt16BE(4, 10);
  made.set(address.split('.').map(Number), 12);
  return made;
}
