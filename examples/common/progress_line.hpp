#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace examples {

/// One line on standard error that is written over again and again: share, rate and time left. Silent where standard
/// error is no terminal.
class ProgressLine {
public:
    /// `unit` is what is counted, as "queries".
    explicit ProgressLine(std::string unit) : unit_(std::move(unit)), live_(is_terminal()), begin_(Clock::now()) {}
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `done` of `all`, of which `skipped` were done before, and say nothing about how fast it goes.
    void show(double done, double all, double skipped = 0)
    {
        const auto now = Clock::now();
        if (!live_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) {
            return;
        }
        shown_ = true;
        last_ = now;
        const double seconds = std::chrono::duration<double>(now - begin_).count();
        const double rate = seconds > 0 ? (done - skipped) / seconds : 0;
        std::fprintf(stderr, "\r%3.0f %%  %.0f of %.0f %s", all > 0 ? 100 * done / all : 100, done, all, unit_.c_str());
        if (rate > 0) {
            std::fprintf(stderr, "  %.3g/s  %s left", rate, duration((all - done) / rate).c_str());
        }
        std::fputs("\x1b[K", stderr);
        std::fflush(stderr);
    }

    /// Takes the line away.
    void clear()
    {
        if (shown_) {
            std::fputs("\r\x1b[K", stderr);
            std::fflush(stderr);
            shown_ = false;
        }
    }

    /// 59 s, 3:05 min or 2:07 h.
    static std::string duration(double seconds)
    {
        char text[40];
        const auto whole = static_cast<long long>(seconds + 0.5);
        if (whole < 60) {
            std::snprintf(text, sizeof(text), "%lld s", whole);
        } else if (whole < 3600) {
            std::snprintf(text, sizeof(text), "%lld:%02lld min", whole / 60, whole % 60);
        } else {
            std::snprintf(text, sizeof(text), "%lld:%02lld h", whole / 3600, whole / 60 % 60);
        }
        return text;
    }

private:
    using Clock = std::chrono::steady_clock;

    static bool is_terminal()
    {
#if defined(_WIN32)
        return _isatty(_fileno(stderr)) != 0;
#else
        const char* const terminal = std::getenv("TERM");
        return isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
#endif
    }

    std::string unit_;
    bool live_, shown_ = false;
    Clock::time_point begin_, last_{};
};

}  // namespace examples
