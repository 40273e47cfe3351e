#include "progress.hpp"

#include <algorithm>
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

Progress::Progress(const std::vector<Strategy>& strategies, std::size_t seeds, Index steps)
    : live_(is_terminal()),
      total_steps_(static_cast<Index>(strategies.size() * seeds) * steps),
      steps_(steps),
      seeds_(seeds)
{
    for (const Strategy& strategy : strategies) {
        latest_.push_back({strategy.name, {}});
    }
}

Progress::~Progress()
{
    std::fputs(live_ ? "\r\x1b[K" : "\n", stderr);
}

void Progress::report(std::size_t strategy, std::uint64_t seed, const Checkpoint& checkpoint, Index steps_since_last)
{
    const std::lock_guard lock(mutex_);
    latest_[strategy].checkpoint = checkpoint;
    done_ += steps_since_last;
    if (live_) {
        draw_line();
    } else if (checkpoint.step == steps_) {
        finished_.push_back({seed, strategy, checkpoint.scores});
        print_seed(seed);
    }
}

void Progress::draw_line()
{
    std::fprintf(stderr, "\r%3d %% %4.0f s  MAP@R", static_cast<int>(100 * done_ / total_steps_), stopwatch_.seconds());
    const char* separator = "";
    for (const auto& [name, checkpoint] : latest_) {
        std::fprintf(stderr, "%s  %s %.3f at step %d", separator, name.c_str(), checkpoint.scores.map_at_r,
                     static_cast<int>(checkpoint.step));
        separator = ",";
    }
    std::fputs("\x1b[K", stderr);
    std::fflush(stderr);
}

void Progress::print_seed(std::uint64_t seed)
{
    const auto of_seed = [seed](const Finished& run) { return run.seed == seed; };
    if (std::count_if(finished_.begin(), finished_.end(), of_seed) < static_cast<std::ptrdiff_t>(latest_.size())) {
        return;
    }
    ++seeds_done_;
    std::string scores;
    for (std::size_t i = 0; i < latest_.size(); ++i) {
        const auto run = std::find_if(finished_.begin(), finished_.end(),
                                      [&](const Finished& other) { return of_seed(other) && other.strategy == i; });
        char text[32];
        std::snprintf(text, sizeof text, " %.3f", run->scores.map_at_r);
        scores += (i > 0 ? ", " : " ") + latest_[i].name + text;
    }
    std::fprintf(stderr, "[%d/%d] seed %llu after %d steps: MAP@R%s\n", static_cast<int>(seeds_done_),
                 static_cast<int>(seeds_), static_cast<unsigned long long>(seed), static_cast<int>(steps_),
                 scores.c_str());
}

}  // namespace digits
