#pragma once

#include "settings.hpp"

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

namespace mine_corpus {

/// Sizes of all inputs, and when they were written last.
class InputStates {
public:
    explicit InputStates(const Settings& settings) : inputs_(settings.inputs()), states_(now()) {}

    /// Throws std::runtime_error where a file is another one by now.
    void check() const
    {
        const std::vector<State> states = now();
        for (std::size_t i = 0; i < states.size(); ++i) {
            if (states[i] != states_[i]) {
                throw std::runtime_error(inputs_[i].second + " has changed since it was read: start again");
            }
        }
    }

private:
    using State = std::pair<std::uintmax_t, std::filesystem::file_time_type>;

    [[nodiscard]] std::vector<State> now() const
    {
        std::vector<State> result;
        for (const auto& input : inputs_) {
            std::error_code error;
            result.emplace_back(std::filesystem::file_size(input.second, error),
                                std::filesystem::last_write_time(input.second, error));
        }
        return result;
    }

    std::vector<std::pair<std::string, std::string>> inputs_;
    std::vector<State> states_;
};

}  // namespace mine_corpus
