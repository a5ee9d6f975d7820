import type { Instant } from '../../core/kubernetes.ts';
import { decodeFrame, encodeFrame, FLAGS, MESSAGE, PAYLOAD, type Frame } from './frame.ts';

/** What a data channel wants done, in this order. */
export type ChannelEffect =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** The session runs: input is taken from now on. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  /** Nothing follows. `message` is what the agent or the service said, perhaps nothing. */
  | { readonly kind: 'closed'; readonly message: string }
  /** The far side wants what this side does not do. */
  | { readonly kind: 'refused'; readonly message: string };

/** What a data channel is made of. */
export interface ChannelOptions {
  readonly newId: () => string;
}

/** A message that is not acknowledged yet. */
interface Unacknowledged {
  readonly bytes: Uint8Array;
  readonly sequence: number;
  sentAt: Instant;
  tries: number;
}

interface Pending {
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** The agent reads no more in one message (amazon-ssm-agent, StreamDataPayloadSize). */
const CHUNK = 1024;
/** Messages on their way at a time. */
const WINDOW = 64;
/** Messages that are kept until those before them are there; more are dropped unacknowledged, and come again. */
const MOST_EARLY = 1000;
const FIRST_TIMEOUT_MS = 200;
const LONGEST_TIMEOUT_MS = 1000;
const CLOCK_GRANULARITY_MS = 10;
const MOST_TRIES = 3000;

const SESSION_TYPE = 'SessionType';
const KMS = 'KMSEncryption';
const CLIENT_VERSION = '1.2.707.0';

const ACTION = { success: 1, failed: 2, unsupported: 3 } as const;

/**
 * This side of a data channel as a state machine: sequence numbers and acknowledgements both ways, the handshake, and input sent again
 * until it is acknowledged. Knows no socket and no clock; every method says what is to be done.
 */
export class DataChannel {
  readonly #newId: () => string;
  readonly #early = new Map<number, Frame>();
  readonly #unacknowledged = new Map<number, Unacknowledged>();
  readonly #pending: Pending[] = [];
  #expected = 0;
  #next = 0;
  #isPaused = false;
  #isReady = false;
  #isClosed = false;
  #roundTripMs = 100;
  #variationMs = 0;
  #timeoutMs = FIRST_TIMEOUT_MS;

  constructor({ newId }: ChannelOptions) {
    this.#newId = newId;
  }

  /** Bytes of input that were not acknowledged yet. */
  get backlog(): number {
    const sent = [...this.#unacknowledged.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    return sent + this.#pending.reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** The text message that opens the channel. */
  openMessage(token: string): string {
    return JSON.stringify({
      MessageSchemaVersion: '1.0',
      RequestId: this.#newId(),
      TokenValue: token,
      ClientId: this.#newId(),
      ClientVersion: CLIENT_VERSION,
    });
  }

  /** What came from the far side. What is no message is passed over. */
  receive(bytes: Uint8Array, now: Instant): readonly ChannelEffect[] {
    const frame = decodeFrame(bytes);
    if (frame === undefined || this.#isClosed) return [];
    switch (frame.messageType) {
      case MESSAGE.output:
        return this.#receiveOutput(frame, now);
      case MESSAGE.acknowledge:
        return this.#receiveAcknowledgement(frame, now);
      case MESSAGE.closed:
        this.#isClosed = true;
        return [{ kind: 'closed', message: textIn(frame, 'Output') }];
      case MESSAGE.pause:
        this.#isPaused = true;
        return [];
      case MESSAGE.start:
        this.#isPaused = false;
        return this.#flush(now);
    }
    return [];
  }

  /** Bytes for the terminal, which are cut as the agent takes them. */
  write(bytes: Uint8Array, now: Instant): readonly ChannelEffect[] {
    for (let at = 0; at < bytes.length; at += CHUNK)
      this.#pending.push({ payloadType: PAYLOAD.output, payload: bytes.subarray(at, at + CHUNK) });
    return this.#flush(now);
  }

  /** The size of the terminal. */
  resize(columns: number, rows: number, now: Instant): readonly ChannelEffect[] {
    this.#pending.push({ payloadType: PAYLOAD.size, payload: jsonBytes({ cols: columns, rows }) });
    return this.#flush(now);
  }

  /** Asks the agent to end the session; nothing that waits is sent any more. */
  terminate(now: Instant): readonly ChannelEffect[] {
    this.#pending.length = 0;
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(2);
    return this.#isReady && !this.#isClosed ? [this.#send(PAYLOAD.flag, payload, now)] : [];
  }

  /** When {@link tick} has something to do, as far as is known. */
  nextDue(): Instant | undefined {
    if (this.#unacknowledged.size === 0 || this.#isPaused || this.#isClosed) return undefined;
    return Math.min(...[...this.#unacknowledged.values()].map(({ sentAt }) => sentAt)) + this.#timeoutMs;
  }

  /**
   * Sends again what was not acknowledged in time: all of it, because an agent does not acknowledge again what it has (amazon-ssm-agent,
   * handleStreamDataMessage), so that one acknowledgement that got lost must not hold up the messages behind.
   */
  tick(now: Instant): readonly ChannelEffect[] {
    if (now < (this.nextDue() ?? Infinity)) return [];
    const late = [...this.#unacknowledged.values()].filter(({ sentAt }) => now >= sentAt + this.#timeoutMs);
    for (const message of late) {
      message.sentAt = now;
      message.tries += 1;
    }
    if (late.every(({ tries }) => tries <= MOST_TRIES))
      return late.map(({ bytes }) => ({ kind: 'send', bytes }));
    this.#isClosed = true;
    return [{ kind: 'closed', message: 'the agent acknowledges no input any more' }];
  }

  #receiveOutput(frame: Frame, now: Instant): readonly ChannelEffect[] {
    if (frame.sequence > this.#expected) {
      if (this.#early.size >= MOST_EARLY) return [];
      this.#early.set(frame.sequence, frame);
      return [this.#acknowledge(frame, now)];
    }
    const effects: ChannelEffect[] = [this.#acknowledge(frame, now)];
    if (frame.sequence < this.#expected) return effects;
    for (let due: Frame | undefined = frame; due !== undefined; due = this.#early.get(this.#expected)) {
      this.#early.delete(this.#expected);
      this.#expected += 1;
      effects.push(...this.#take(due, now));
    }
    return effects;
  }

  #take(frame: Frame, now: Instant): readonly ChannelEffect[] {
    switch (frame.payloadType) {
      case PAYLOAD.handshakeRequest:
        return this.#answerHandshake(frame, now);
      case PAYLOAD.handshakeComplete:
        return this.#becomeReady(now);
      case PAYLOAD.challengeRequest:
        return [{ kind: 'refused', message: ENCRYPTED }];
      case PAYLOAD.output:
      case PAYLOAD.stderr:
        // An old agent shakes no hands: its first output says that it runs.
        return [...this.#becomeReady(now), { kind: 'output', bytes: frame.payload }];
    }
    return [];
  }

  #becomeReady(now: Instant): readonly ChannelEffect[] {
    if (this.#isReady) return [];
    this.#isReady = true;
    return [{ kind: 'ready' }, ...this.#flush(now)];
  }

  #answerHandshake(frame: Frame, now: Instant): readonly ChannelEffect[] {
    const asked = jsonIn(frame)['RequestedClientActions'];
    const types = (Array.isArray(asked) ? asked : []).map(actionType);
    const answer = {
      ClientVersion: CLIENT_VERSION,
      ProcessedClientActions: types.map((type) => ({
        ActionType: type,
        ActionStatus: statusOf(type),
        ActionResult: null,
        Error: type === SESSION_TYPE ? '' : `${type} is not done by this client`,
      })),
      Errors: [],
    };
    const sent = this.#send(PAYLOAD.handshakeResponse, jsonBytes(answer), now);
    return types.includes(KMS) ? [sent, { kind: 'refused', message: ENCRYPTED }] : [sent];
  }

  #flush(now: Instant): readonly ChannelEffect[] {
    const effects: ChannelEffect[] = [];
    while (this.#isReady && !this.#isPaused && !this.#isClosed && this.#unacknowledged.size < WINDOW) {
      const next = this.#pending.shift();
      if (next === undefined) break;
      effects.push(this.#send(next.payloadType, next.payload, now));
    }
    return effects;
  }

  #send(payloadType: number, payload: Uint8Array, now: Instant): ChannelEffect {
    const sequence = this.#next;
    this.#next += 1;
    const bytes = encodeFrame({
      messageType: MESSAGE.input,
      ...{ sequence, payloadType, payload },
      flags: sequence === 0 ? FLAGS.first : 0,
      messageId: this.#newId(),
      createdAt: now,
    });
    this.#unacknowledged.set(sequence, { bytes, sequence, sentAt: now, tries: 1 });
    return { kind: 'send', bytes };
  }

  #acknowledge(frame: Frame, now: Instant): ChannelEffect {
    const payload = jsonBytes({
      AcknowledgedMessageType: frame.messageType,
      AcknowledgedMessageId: frame.messageId,
      AcknowledgedMessageSequenceNumber: frame.sequence,
      IsSequentialMessage: true,
    });
    const bytes = encodeFrame({
      messageType: MESSAGE.acknowledge,
      ...{ sequence: 0, flags: FLAGS.only, messageId: this.#newId(), createdAt: now },
      ...{ payloadType: PAYLOAD.none, payload },
    });
    return { kind: 'send', bytes };
  }

  #receiveAcknowledgement(frame: Frame, now: Instant): readonly ChannelEffect[] {
    const sequence = Number(jsonIn(frame)['AcknowledgedMessageSequenceNumber']);
    const message = this.#unacknowledged.get(sequence);
    if (message === undefined) return [];
    this.#unacknowledged.delete(sequence);
    // A message that was sent again says nothing of the time it takes: either may have been acknowledged (Karn).
    if (message.tries === 1) this.#learnRoundTrip(now - message.sentAt);
    return this.#flush(now);
  }

  /** The timeout of TCP, bounded (RFC 6298; the constants are those of the agent). */
  #learnRoundTrip(tookMs: number): void {
    this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#roundTripMs - tookMs);
    this.#roundTripMs = 0.875 * this.#roundTripMs + 0.125 * tookMs;
    const timeout = this.#roundTripMs + Math.max(CLOCK_GRANULARITY_MS, 4 * this.#variationMs);
    this.#timeoutMs = Math.min(LONGEST_TIMEOUT_MS, timeout);
  }
}

const ENCRYPTED =
  'the ECS cluster encrypts its ECS Exec sessions with a key of KMS, which is not supported: leave `kmsKeyId` out of the executeCommandConfiguration of the cluster';

function actionType(action: unknown): string {
  return typeof action === 'object' && action !== null && 'ActionType' in action
    ? String(action.ActionType)
    : '';
}

function statusOf(type: string): number {
  if (type === SESSION_TYPE) return ACTION.success;
  return type === KMS ? ACTION.failed : ACTION.unsupported;
}

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function jsonIn(frame: Frame): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(frame.payload).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textIn(frame: Frame, name: string): string {
  const value = jsonIn(frame)[name];
  return typeof value === 'string' ? value.trim() : '';
}
