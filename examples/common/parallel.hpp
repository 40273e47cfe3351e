#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <vector>

namespace examples {

/// Calls `body(0)` to `body(count - 1)` on some threads, and rethrows an exception of theirs.
inline void for_each(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body)
{
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++) {
                body(i);
            }
        } catch (...) {
            next = count;
            throw;
        }
    };
    // However this function is left, it waits for its helpers.
    std::vector<std::future<void>> helpers;
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i) {
        helpers.push_back(std::async(std::launch::async, work));
    }
    work();
    for (std::future<void>& helper : helpers) {
        helper.get();
    }
}

}  // namespace examples
