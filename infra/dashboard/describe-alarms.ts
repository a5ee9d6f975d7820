import { ALARMS, type AlarmRow } from './alarm-rows.ts';

const RUNBOOK_FILE = 'docs/operations.md';

/** The runbooks in Markdown: what each alarm means, what users see of it, and where it says what to do. */
export function describeAlarms(cluster: string, runbookUrl: string | undefined): string {
  const rows = ALARMS.map(
    (alarm) => `| ${runbookLink(alarm, runbookUrl)} | ${alarm.means} | ${alarm.users} |`,
  );
  const where = runbookUrl === undefined ? `\n\nWhat to do: ${RUNBOOK_FILE}` : '';
  return [`# Lambdalet ${cluster}\n`, '| alarm | means | users see |\n| --- | --- | --- |', ...rows]
    .join('\n')
    .concat(where);
}

/** Ends the description of an alarm, which is all that a message about it says. */
export function namesRunbook({ name }: AlarmRow, runbookUrl: string | undefined): string {
  return runbookUrl === undefined
    ? `Runbook: ${RUNBOOK_FILE}, "${name}"`
    : `Runbook: ${runbookUrl}#${anchorOf(name)}`;
}

function runbookLink({ name }: AlarmRow, runbookUrl: string | undefined): string {
  return runbookUrl === undefined ? `**${name}**` : `[${name}](${runbookUrl}#${anchorOf(name)})`;
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}
