/// \file
/// The processes of an instance as text, for who asks from the host.

#pragma once

#include <string>
#include <vector>

namespace lind::rawposix {

class Kernel;

/// A line for each process, by pid: pid, parent, group, session, user, state as ps has it, threads,
/// CPU time in ms, mapped KiB, and the arguments; separated by spaces.  What is not printable in
/// arguments is a '?': they are a guest's bytes for a terminal.  Threading: any thread.
std::vector<std::string> list_processes(Kernel& kernel);

}  // namespace lind::rawposix
