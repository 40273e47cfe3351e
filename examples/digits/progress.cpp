#include "progress.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace digits {

namespace {

bool is_terminal()
{
#if defined(_WIN32)
    return _isatty(_fileno(stderr)) != 0;
#else
    const char* const terminal = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
#endif
}

}  // namespace

Progress::Progress(std::size_t runs, Index steps) : live_(is_terminal()), total_steps_(static_cast<Index>(runs) * steps)
{
}

Progress::~Progress()
{
    std::fputs(live_ ? "\r\x1b[K" : "\n", stderr);
}

void Progress::report(const std::string& title, std::uint64_t seed, const Checkpoint& checkpoint,
                      Index steps_since_last)
{
    const std::lock_guard lock(mutex_);
    done_ += steps_since_last;
    const Index tenths = 10 * done_ / total_steps_;
    if (!live_ && tenths == tenths_shown_) {
        return;
    }
    tenths_shown_ = tenths;
    std::fprintf(stderr, "%s%3d %% %4.0f s   seed %llu, %s: MAP@R %.3f at step %lld%s", live_ ? "\r" : "",
                 static_cast<int>(100 * done_ / total_steps_), stopwatch_.seconds(),
                 static_cast<unsigned long long>(seed), title.c_str(), checkpoint.scores.map_at_r,
                 static_cast<long long>(checkpoint.step), live_ ? "\x1b[K" : "\n");
    std::fflush(stderr);
}

}  // namespace digits
