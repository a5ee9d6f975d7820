import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataChannel, type ChannelEffect } from '../../../lib/adapters/ecs-exec/data-channel.ts';
import {
  decodeFrame,
  encodeFrame,
  FLAGS,
  MESSAGE,
  PAYLOAD,
  type Frame,
} from '../../../lib/adapters/ecs-exec/frame.ts';

const ID = '0b7e1f3a-5c2d-4e6f-8a9b-0c1d2e3f4a5b';
const T0 = 1_700_000_000_000;

function frame(given: Partial<Frame>): Uint8Array {
  return encodeFrame({
    ...{ messageType: MESSAGE.output, sequence: 0, flags: 0, messageId: ID, createdAt: T0 },
    ...{ payloadType: PAYLOAD.output, payload: new Uint8Array(0) },
    ...given,
  });
}

const output = (sequence: number, text: string): Uint8Array =>
  frame({ sequence, payload: Buffer.from(text) });
const acknowledge = (sequence: number): Uint8Array =>
  frame({
    ...{ messageType: MESSAGE.acknowledge, flags: FLAGS.only, payloadType: PAYLOAD.none },
    payload: Buffer.from(JSON.stringify({ AcknowledgedMessageSequenceNumber: sequence })),
  });
const text = (effects: readonly ChannelEffect[]): string =>
  effects.map((effect) => (effect.kind === 'output' ? Buffer.from(effect.bytes).toString() : '')).join('');
const sent = (effects: readonly ChannelEffect[]): readonly Frame[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? (decodeFrame(effect.bytes) ?? []) : []));
const inputs = (effects: readonly ChannelEffect[]): readonly Frame[] =>
  sent(effects).filter(({ messageType }) => messageType === MESSAGE.input);
const open = (): DataChannel => {
  const channel = new DataChannel({ newId: () => ID });
  channel.receive(output(0, ''), T0);
  return channel;
};

describe('a message of a data channel', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(), fc.uuid(), (payload, sequence, messageId) => {
        const given: Frame = {
          ...{ messageType: MESSAGE.input, sequence, flags: 1, messageId, createdAt: T0, payloadType: 1 },
          payload: Buffer.from(payload),
        };
        expect(decodeFrame(encodeFrame(given))).toEqual(given);
      }),
    );
  });

  it('has the id with its halves swapped, behind a header of 116 bytes', () => {
    const bytes = Buffer.from(frame({ payload: Buffer.from('abc') }));
    expect(bytes.subarray(64, 80).toString('hex')).toBe('8a9b0c1d2e3f4a5b0b7e1f3a5c2d4e6f');
    expect([bytes.readUInt32BE(0), bytes.readUInt32BE(116), bytes.length]).toEqual([116, 3, 123]);
  });

  it('is none when it is cut short', () => {
    const bytes = frame({ payload: Buffer.from('abc') });
    for (let length = 0; length < bytes.length; length += 1)
      expect(decodeFrame(bytes.subarray(0, length))).toBeUndefined();
  });
});

describe('a data channel', () => {
  it('gives output once and in order, whatever order it comes in, and acknowledges all of it', () => {
    const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 });
    fc.assert(
      fc.property(order, fc.array(fc.integer({ min: 1, max: 6 })), (first, again) => {
        const channel = open();
        const effects = [...first, ...again].flatMap((nth) => channel.receive(output(nth, String(nth)), T0));
        expect(text(effects)).toBe('123456');
        expect(sent(effects).length).toBe(first.length + again.length);
      }),
    );
  });

  it('keeps no more than a thousand messages that came too early, and acknowledges none of the others', () => {
    const channel = open();
    let acknowledged = 0;
    for (let nth = 2; nth < 3000; nth += 1)
      acknowledged += sent(channel.receive(output(nth, 'x'), T0)).length;
    expect(acknowledged).toBe(1000);
  });

  it('cuts input into pieces of 1,024 bytes, and sends 64 of them before the first is acknowledged', () => {
    const channel = open();
    const first = inputs(channel.write(Buffer.alloc(100_000, 'x'), T0));
    expect([first.length, first[0]?.payload.length, first[0]?.flags, first[1]?.flags]).toEqual([
      64, 1024, 1, 0,
    ]);
    expect(inputs(channel.receive(acknowledge(0), T0)).map(({ sequence }) => sequence)).toEqual([64]);
  });

  it('sends what is not acknowledged again: after 200 ms, and later after what messages take, a second at most', () => {
    const channel = open();
    channel.write(Buffer.from('a'), T0);
    expect(channel.nextDue()).toBe(T0 + 200);
    expect(channel.tick(T0 + 199)).toEqual([]);
    expect(inputs(channel.tick(T0 + 200)).map(({ sequence }) => sequence)).toEqual([0]);
    channel.receive(acknowledge(0), T0 + 250);
    expect(channel.nextDue()).toBeUndefined();
    channel.write(Buffer.from('b'), T0 + 300);
    channel.receive(acknowledge(1), T0 + 9_300);
    channel.write(Buffer.from('c'), T0 + 10_000);
    expect(channel.nextDue()).toBe(T0 + 11_000);
  });

  it('gives up after 3,000 tries', () => {
    const channel = open();
    channel.write(Buffer.from('a'), T0);
    let effects: readonly ChannelEffect[] = [];
    for (let at = T0; effects.every(({ kind }) => kind !== 'closed'); at = channel.nextDue() ?? at)
      effects = channel.tick(at);
    expect(effects).toMatchObject([{ kind: 'closed' }]);
    expect(channel.write(Buffer.from('b'), T0)).toEqual([]);
  });

  it('waits while it is paused', () => {
    const channel = open();
    channel.receive(frame({ messageType: MESSAGE.pause }), T0);
    expect(channel.write(Buffer.from('later'), T0)).toEqual([]);
    expect(inputs(channel.receive(frame({ messageType: MESSAGE.start }), T0))).toHaveLength(1);
  });

  it('says yes to a session of any type, and no to encryption with a way out', () => {
    const ask = (...types: readonly string[]): readonly ChannelEffect[] => {
      const actions = types.map((ActionType) => ({ ActionType }));
      const payload = Buffer.from(JSON.stringify({ RequestedClientActions: actions }));
      return new DataChannel({ newId: () => ID }).receive(
        frame({ payloadType: PAYLOAD.handshakeRequest, payload }),
        T0,
      );
    };
    const statuses = (effects: readonly ChannelEffect[]): unknown =>
      (
        JSON.parse(Buffer.from(inputs(effects)[0]?.payload ?? []).toString()) as {
          ProcessedClientActions: unknown;
        }
      ).ProcessedClientActions;
    expect(statuses(ask('SessionType'))).toMatchObject([{ ActionStatus: 1 }]);
    const refused = ask('KMSEncryption', 'SessionType');
    expect(statuses(refused)).toMatchObject([{ ActionStatus: 2 }, { ActionStatus: 1 }]);
    expect(refused).toContainEqual({
      kind: 'refused',
      message: expect.stringContaining('kmsKeyId') as string,
    });
  });

  it('passes over what is no message', () => {
    expect(open().receive(Buffer.from('nonsense'), T0)).toEqual([]);
    expect(open().receive(frame({ messageType: 'agent_job' }), T0)).toEqual([]);
  });
});
