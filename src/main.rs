//! The program's door: hands over to the command line and gives the exit code.

fn main() -> std::process::ExitCode {
    rounds::cli::main()
}
