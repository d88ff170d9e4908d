import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { completedCommands } from '../completion/tree.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Surroundings } from '../terminal.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `gantry completion bash | zsh | fish`: a script that completes the command, as it is in this version. */
export function registerCompletion(command: Command, { terminal }: Surroundings): void {
  command
    .addArgument(new Argument('<shell>', 'which shell reads it').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
bash:  gantry completion bash > ~/.local/share/bash-completion/completions/gantry
zsh:   gantry completion zsh > a folder of your fpath, as _gantry
fish:  gantry completion fish > ~/.config/fish/completions/gantry.fish`,
    )
    .action((shell: keyof typeof scripts) => {
      const script = scripts[shell](completedCommands(command.parent ?? command));
      for (const line of script.trimEnd().split('\n')) terminal.say(line);
    });
}
