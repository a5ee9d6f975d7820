/** A question to AWS that was not answered: refused, or lost on the way. The message is for people, and names no credential. */
export class AwsRefusal extends Error {
  /** AWS's own code, such as `AccessDenied`; `NoAnswer` when there was none. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AwsRefusal';
    this.code = code;
  }
}

/** The codes of the services for "you may not". */
const DENIALS = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'UnauthorizedOperation',
  'NotAuthorized',
]);

/** What an error code of AWS means for the question `action` (`iam:GetRole`). */
export function refusalOf(action: string, code: string, said: string): AwsRefusal {
  const message = DENIALS.has(code)
    ? `these credentials may not ${action} (${code}): allow it, or ask with others`
    : `${action} was refused (${code}${said === '' ? '' : `: ${said}`})`;
  return new AwsRefusal(code, message);
}

/** `undefined` for what is not there, told by one of these codes. */
export async function absentOn<T>(codes: readonly string[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AwsRefusal && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/**
 * A number in an answer.
 * @throws AwsRefusal when there is none: what was not told must not be judged
 */
export function numberIn(value: unknown, action: string): number {
  const isTold = typeof value === 'number' || (typeof value === 'string' && value !== '');
  const number = isTold ? Number(value) : NaN;
  if (!Number.isNaN(number)) return number;
  throw new AwsRefusal('NoAnswer', `${action} was answered without the number that was asked for`);
}
