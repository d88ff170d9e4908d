import { type Command, Option } from 'commander';
import { answersFor, type Given } from '../init/answers.ts';
import { ciNames, procedureFolder, templateNames, templates } from '../init/layout.ts';
import { nextSteps } from '../init/next-steps.ts';
import { writeFiles } from '../init/write.ts';
import type { Surroundings } from '../terminal.ts';

interface InitOptions extends Omit<Given, 'service'> {
  readonly yes?: true;
}

/** `gantry init`: writes what a service needs to be deployed into the folder where it is called. */
export function registerInit(command: Command, { terminal, confirm }: Surroundings): void {
  command
    .argument('[service]', 'lower-case letters, digits and hyphens')
    .option('--environment <name>', 'where it runs')
    .addOption(new Option('--template <template>', 'how it comes to a new release').choices(templateNames))
    .option('--url <url>', 'where its users reach it; watched during each deployment')
    .option('--requester <name>', 'who requests changes, key:NAME')
    .option('--approver <name>', 'who approves them')
    .addOption(new Option('--ci <system>', 'what runs the pipeline').choices(ciNames))
    .option('--yes', 'takes what is usual for whatever is not given, and asks nothing')
    .action(async (service: string | undefined, { yes, ...options }: InitOptions) => {
      const folder = process.cwd();
      // Loaded only where somebody is asked.
      const ask = yes || !confirm ? null : (await import('../init/ask.ts')).askOnTerminal;
      const answers = await answersFor({ ...options, service }, folder, yes === true, ask);
      const written = await writeFiles(folder, answers);
      terminal.say('Written:');
      for (const path of written) terminal.say(`  ${path}`);
      const { edit } = templates[answers.template];
      terminal.say(`\nEdit the top of ${procedureFolder(answers.service)}/${edit}. Then:`);
      for (const line of nextSteps(answers)) terminal.say(line);
    });
}
