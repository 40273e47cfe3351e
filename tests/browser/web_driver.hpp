#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

/// Keys that are no characters, as WebDriver names them.
namespace key {
inline constexpr const char* enter = "\uE007";
inline constexpr const char* backspace = "\uE003";
inline constexpr const char* left = "\uE012";
inline constexpr const char* right = "\uE014";
}  // namespace key

/// A browser without a screen, over W3C WebDriver: chromedriver is started with it and ended with it. What goes wrong
/// is a std::runtime_error.
class Browser {
public:
    /// Whatever is saved goes to `downloads`; the profile to `profile`, so that it is forgotten with that.
    Browser(const std::filesystem::path& profile, const std::filesystem::path& downloads);
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;
    ~Browser();

    void open(const std::filesystem::path& page);
    void reload();
    /// Presses keys where the focus is that clicking on `selector` sets.
    void type(const std::string& selector, const std::string& keys);
    void click(const std::string& selector);
    /// What a function body returns.
    nlohmann::json run(const std::string& script);
    /// What `textContent` of an element is.
    std::string text(const std::string& selector);
    /// Lines of the console since the last call.
    nlohmann::json console();
    /// Whether a dialog is open, as of `alert`.
    bool has_dialog();

private:
    struct Driver;
    nlohmann::json post(const std::string& path, const nlohmann::json& body);
    std::string element(const std::string& selector);

    std::unique_ptr<Driver> driver_;
    std::string session_;
};
