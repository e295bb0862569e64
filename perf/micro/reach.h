// Who touches a loop: a library that can do without locks is made without them where one thread does.
#pragma once

namespace pinwheel::perf {

enum class reach { one_thread, many_threads };

}  // namespace pinwheel::perf
