/** A message that the event function gave up on. */
export interface DeadLetter {
  readonly id: string;
  /** As it was sent: an ECS event, or whatever else could not be read. */
  readonly body: string;
  /** Names this receipt of the message: {@link EventQueue.discard} takes it. */
  readonly receipt: string;
}

/** The queue that brings the provider's events, seen from outside. */
export interface EventQueue {
  /** How many events wait or are being handled: as long as there are some, what we know of tasks may be old news. Approximate. */
  backlog(): Promise<number>;
  /** Up to ten messages of the dead letter queue, hidden from others for a minute; empty when there are none. */
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Takes a dead letter out of its queue for good. */
  discard(letter: DeadLetter): Promise<void>;
}
