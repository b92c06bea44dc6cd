//! `weir generate`: what a shell and `man` need, made of the command line itself.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory, Subcommand};
use clap_complete::Shell;

use super::{Cli, Outcome, terminal};

/// Make completions for a shell, or manual pages
#[derive(Debug, Subcommand)]
pub enum Command {
    Completions(Completions),
    Man(Man),
}

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  weir generate completions bash > /etc/bash_completion.d/weir
  weir generate completions zsh > ~/.zfunc/_weir
  weir generate completions fish > ~/.config/fish/completions/weir.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Write a manual page for each command into a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  weir generate man /usr/local/share/man/man1
  weir generate man . && man ./weir-check.1")]
pub struct Man {
    /// The folder, which is made where it is not there
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Makes what is asked for.
pub fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Completions(completions) => {
            let mut script = Vec::new();
            clap_complete::generate(completions.shell, &mut Cli::command(), "weir", &mut script);
            terminal::print(&String::from_utf8_lossy(&script))?;
        }
        Command::Man(man) => {
            let folder = &man.folder;
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
            // clap's own `help` commands have nothing to say of their own
            let command = Cli::command().disable_help_subcommand(true);
            let written = clap_mangen::generate_to(command, folder);
            written.with_context(|| format!("cannot write manual pages into `{}`", folder.display()))?;
        }
    }
    Ok(Outcome::Met)
}
