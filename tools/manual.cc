// The manual page and shell completion, made from the tables in options.cc.
#include <fmt/format.h>

#include <iterator>

#include "tools/options.h"
#include "tools/version_info.h"

namespace walkit {
namespace {

constexpr std::string_view kExitStatus =
    ".SH EXIT STATUS\n"
    ".TP\n0\nDone. push: the file is durably in the archive. get: the file was restored.\n"
    ".TP\n1\nDamage or a gap was found; find: no transaction matches; feed \\-\\-undo: not all could be "
    "taken "
    "back; check: something failed; expire: the answer was no; get: the archive has no such file; dump, "
    "pg_waldump and push: any failure.\n"
    ".TP\n2\nWrong usage (not dump, push and get).\n"
    ".TP\n3\nAn error of input or output (not dump, push and get).\n"
    ".TP\n255\nget: any failure, since the server takes less for the end of the archive.\n";

constexpr std::string_view kFiles =
    ".SH FILES\n"
    ".TP\n\\fB/etc/walkit/walkit.conf\\fR\n"
    "The configuration of the commands that have \\fB\\-\\-config\\fR. \\fBwalkit init\\fR writes one in\n"
    "which every option is explained. It consists of lines \\fIoption\\fR = \\fIvalue\\fR, with yes or no\n"
    "for options without a value, in sections: [global] for all commands, [push], [get] and so on for\n"
    "one. What is unknown there is refused, as is a file that others than its owner may write. An\n"
    "option is taken from the command line, else from the environment, else from the section of the\n"
    "command, else from [global].\n"
    ".TP\n\\fB/var/lib/walkit/spool\\fR\n"
    "What push and get keep between two calls. Losing it costs time, never safety.\n";

constexpr std::string_view kExamples =
    ".SH EXAMPLES\n"
    "What pg_waldump prints, whatever major wrote the segment, compressed or not:\n"
    ".PP\n.nf\n.RS\nwalkit dump 000000010000000000000007.zst\n.RE\n.fi\n.PP\n"
    "Every change of one transaction as JSON:\n"
    ".PP\n.nf\n.RS\nwalkit dump \\-\\-xid=742 \\-\\-format=json "
    "/var/lib/postgresql/15/main/pg_wal\n.RE\n.fi\n.PP\n"
    "Where the volume went:\n"
    ".PP\n.nf\n.RS\nwalkit stats \\-\\-by=relation,image /archive/wal\n.RE\n.fi\n.PP\n"
    "What happened to a table, row by row, from a base backup on:\n"
    ".PP\n.nf\n.RS\nwalkit feed \\-\\-catalog=/backup \\-\\-repo=/archive "
    "\\-\\-table=public.orders\n.RE\n.fi\n.PP\n"
    "Who dropped a table, and the recovery target just before it:\n"
    ".PP\n.nf\n.RS\nwalkit find \\-\\-catalog=/backup \\-\\-repo=/archive \\-\\-drop\n.RE\n.fi\n.PP\n"
    "A new archive and its configuration:\n"
    ".PP\n.nf\n.RS\nwalkit init \\-\\-repo=/backup/wal\n.RE\n.fi\n.PP\n"
    "In postgresql.conf:\n"
    ".PP\n.nf\n.RS\narchive_command = \\(aqwalkit push %p\\(aq\nrestore_command = \\(aqwalkit get %f "
    "%p\\(aq\n.RE\n.fi\n";

// Text for roff: a backslash before dashes that are typed, and before backslashes.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// Wordings of old majors are pg_waldump's; the manual is about this program.
bool is_current(const Option& option) { return option.until == Major::open; }

void append_options(std::string& page, const CommandDescription& command) {
  for (const Option& option : options()) {
    if (!option.commands.has(command.command) || !is_current(option)) continue;
    const auto at = std::back_inserter(page);
    fmt::format_to(at, ".TP\n");
    if (option.letter != 0) fmt::format_to(at, "\\fB\\-{}\\fR, ", option.letter);
    fmt::format_to(at, "\\fB\\-\\-{}\\fR{}\\fI{}\\fR\n", roff(option.name),
                   option.argument == Argument::required ? "=" : "", roff(option.metavar));
    fmt::format_to(at, "{}.\n", roff(full_help(option)));
  }
}

void append_environment(std::string& page) {
  page += ".SH ENVIRONMENT\n";
  const Option* last = nullptr;  // rows of one option stand together
  for (const Option& option : options()) {
    if (option.places < Places::environment || !is_current(option)) continue;
    if (last == nullptr || last->id != option.id)
      fmt::format_to(std::back_inserter(page), ".TP\n\\fB{}\\fR\nAs \\fB\\-\\-{}\\fR, which overrides it.\n",
                     environment_name(option), roff(option.name));
    last = &option;
  }
  page +=
      ".TP\n\\fBTZ\\fR\nThe time zone of times in text.\n"
      ".TP\n\\fBPGDATA\\fR\nIts pg_wal is looked into for segments named without a directory.\n"
      ".TP\n\\fBPG_COLOR\\fR, \\fBPG_COLORS\\fR\nColours of messages, as in PostgreSQL's programs.\n";
}

std::string long_names(const CommandDescription& command) {
  std::string names;
  for (const Option& option : options())
    if (option.commands.has(command.command) && is_current(option))
      names += fmt::format("--{} ", option.name);
  if (!names.empty()) names.pop_back();
  return names;
}

std::string command_names() {
  std::string names;
  for (const CommandDescription& command : commands()) names += fmt::format("{} ", command.name);
  names.pop_back();
  return names;
}

std::string bash_completion() {
  std::string script =
      "_walkit() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} options\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  script +=
      fmt::format("    COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n    return\n  fi\n", command_names());
  script += "  case ${COMP_WORDS[1]} in\n";
  for (const CommandDescription& command : commands())
    script += fmt::format("    {}) options=\"{}\" ;;\n", command.name, long_names(command));
  script +=
      "  esac\n"
      "  case $word in\n"
      "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _walkit walkit\n";
  return script;
}

// In zsh brackets and colons end an explanation.
std::string zsh_text(std::string_view help) {
  std::string out;
  for (const char c : help) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    if (c == '\'')
      out += "'\\''";
    else
      out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string zsh_completion() {
  std::string script = "#compdef walkit\n_walkit() {\n  local -a commands=(\n";
  for (const CommandDescription& command : commands())
    script += fmt::format("    '{}:{}'\n", command.name, zsh_text(command.summary));
  script +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n  case "
      "$words[2] in\n";
  for (const CommandDescription& command : commands()) {
    script += fmt::format("    {})\n      _arguments -s \\\n", command.name);
    for (const Option& option : options())
      if (option.commands.has(command.command) && is_current(option))
        script +=
            fmt::format("        '--{}{}[{}]{}' \\\n", option.name,
                        option.argument == Argument::required ? "=" : "", zsh_text(full_help(option)),
                        option.argument == Argument::required ? fmt::format(":{}:", option.metavar) : "");
    script += "        '*:file:_files'\n      ;;\n";
  }
  return script + "  esac\n}\n_walkit \"$@\"\n";
}

std::string fish_completion() {
  std::string script;
  const auto at = std::back_inserter(script);
  for (const CommandDescription& command : commands()) {
    fmt::format_to(at, "complete -c walkit -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                   command.summary);
    for (const Option& option : options()) {
      if (!option.commands.has(command.command) || !is_current(option)) continue;
      std::string help;
      for (const char c : full_help(option)) {
        if (c == '"' || c == '$' || c == '\\') help += '\\';
        help += c == '\n' ? ' ' : c;
      }
      fmt::format_to(at, "complete -c walkit -n '__fish_seen_subcommand_from {}' -l {}{} -d \"{}\"\n",
                     command.name, option.name, option.argument == Argument::required ? " -r" : "", help);
    }
  }
  return script;
}

}  // namespace

std::string man_page() {
  std::string page = fmt::format(
      ".TH WALKIT 1 \"\" \"{}\" \"User Commands\"\n"
      ".SH NAME\nwalkit \\- read and archive PostgreSQL write\\-ahead log\n.SH SYNOPSIS\n",
      walkit_version());
  for (const CommandDescription& command : commands())
    page += fmt::format("\\fBwalkit {}\\fR {}\n.br\n", command.name, roff(command.synopsis));
  page +=
      ".SH DESCRIPTION\nwalkit reads and archives the write\\-ahead log of PostgreSQL 13 to 18, and tells "
      "what changed. The "
      "version "
      "is taken from the pages "
      "themselves.\nStarted under the name pg_waldump it is a drop\\-in replacement for that program.\n";
  for (const CommandDescription& command : commands()) {
    page += fmt::format(".SH WALKIT {}\n{}\n", roff(command.name), roff(command.description));
    append_options(page, command);
  }
  append_environment(page);
  page += kFiles;
  page += kExitStatus;
  page += kExamples;
  page += ".SH SEE ALSO\npg_waldump(1)\n";
  return page;
}

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_completion();
  if (shell == "zsh") return zsh_completion();
  if (shell == "fish") return fish_completion();
  return {};
}

}  // namespace walkit
