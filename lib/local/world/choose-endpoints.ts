/** The variables with which the AWS SDKs and the CLI are told where a service is. */
export const SERVICE_VARIABLES = [
  'AWS_ENDPOINT_URL_ECS',
  'AWS_ENDPOINT_URL_EVENTBRIDGE',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
  'AWS_ENDPOINT_URL_CLOUDWATCH',
  'AWS_ENDPOINT_URL_SERVICE_QUOTAS',
  'AWS_ENDPOINT_URL_SQS',
] as const;
export type ServiceVariable = (typeof SERVICE_VARIABLES)[number];

/** Where a service is, and whether that is our own emulator. */
export interface Endpoint {
  readonly url: string;
  readonly isOurs: boolean;
  /** The user gave no credentials for it: another emulator, which takes any. */
  readonly takesAny: boolean;
}

export type Endpoints = Readonly<Record<ServiceVariable, Endpoint>>;

/**
 * The user's own endpoint where one is set, by the variable of the service or the one for all services; else ours. SQS is always
 * ours: the queues are what sets the functions off, and that is done here.
 */
export function chooseEndpoints(
  ours: Readonly<Record<ServiceVariable, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Endpoints {
  const takesAny = !hasCredentials(environment);
  const choose = (name: ServiceVariable): Endpoint => {
    const url = environment[name] ?? environment['AWS_ENDPOINT_URL'];
    const isOurs = url === undefined || url === '' || name === 'AWS_ENDPOINT_URL_SQS';
    return { url: isOurs ? ours[name] : url, isOurs, takesAny };
  };
  return Object.fromEntries(SERVICE_VARIABLES.map((name) => [name, choose(name)])) as Endpoints;
}

/** Whether these variables name credentials. */
export function hasCredentials(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (environment['AWS_ACCESS_KEY_ID'] ?? environment['AWS_PROFILE']) !== undefined;
}

/** As environment variables. */
export function toVariables(endpoints: Endpoints): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(endpoints).map(([name, { url }]) => [name, url]));
}
