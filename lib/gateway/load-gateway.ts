import { createHash } from 'node:crypto';
import { registerHooks } from 'node:module';
import { signRead, type Credentials } from './sign-read.ts';

/** An object in S3 and the SHA-256 of its content: what the deployment has not made itself is never run. */
interface Asset {
  readonly host: string;
  readonly key: string;
  readonly sha256: string;
}

/** What the construct puts into the variable `GATEWAY_ASSETS`. */
interface Assets {
  readonly region: string;
  /** The bundle of `main.ts`. */
  readonly code: Asset;
  /** JSON of variables; `"${0}"` in them stands for the first of `values`. */
  readonly settings: Asset;
  readonly values: readonly string[];
}

/** Where ECS answers the containers of a task (Amazon ECS developer guide, "Task IAM role"). */
const CREDENTIALS_HOST = 'http://169.254.170.2';
/** The bundle is a module of this name, which stands in stack traces; it is on no disk. */
const MODULE = 'file:///gateway/index.mjs';

// Run as the text of a command, by `node --eval`: there is no image of our own, and no disk that could be written.
const { GATEWAY_ASSETS = '', AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = '' } = process.env;
const { region, code, settings, values } = JSON.parse(GATEWAY_ASSETS) as Assets;
const credentials = (await (
  await fetch(CREDENTIALS_HOST + AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)
).json()) as Credentials;
const [source, variables] = await Promise.all([read(code), read(settings)]);
const filled = variables.replaceAll(/"\$\{(\d+)\}"/g, (_, at: string) => JSON.stringify(values[Number(at)]));
for (const [name, value] of Object.entries(JSON.parse(filled) as Record<string, unknown>)) {
  process.env[name] = JSON.stringify(value);
}
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === MODULE ? { url: MODULE, format: 'module', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === MODULE ? { format: 'module', source, shortCircuit: true } : next(url, context),
});
await import(MODULE);

async function read({ host, key, sha256 }: Asset): Promise<string> {
  const { url, headers } = signRead({ host, key, region, credentials, now: new Date() });
  const answer = await fetch(url, { headers });
  const body = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200)
    throw new Error(`The gateway could not read ${url}: ${answer.status} ${body.toString().slice(0, 500)}`);
  const seen = createHash('sha256').update(body).digest('hex');
  if (seen !== sha256)
    throw new Error(`${url} is not what was deployed: its SHA-256 is ${seen}, not ${sha256}`);
  return body.toString();
}
