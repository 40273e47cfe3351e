#include "web_driver.hpp"

#include <httplib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <stdexcept>

using nlohmann::json;

/// chromedriver in a process group of its own, which ends with this, and so does any browser that is left in it.
struct Browser::Driver {
    Driver()
    {
        int ends[2];
        if (pipe(ends) != 0) {
            throw std::runtime_error("no pipe");
        }
        process = fork();
        if (process == 0) {
            setpgid(0, 0);
            dup2(ends[1], 1);
            close(ends[0]);
            close(ends[1]);
            execl(MOHS_CHROMEDRIVER, MOHS_CHROMEDRIVER, "--port=0", static_cast<char*>(nullptr));
            _exit(127);
        }
        setpgid(process, process);
        close(ends[1]);
        output = fdopen(ends[0], "r");
        const std::string before = "was started successfully on port ";
        char line[4096];
        while (port == 0 && std::fgets(line, sizeof(line), output) != nullptr) {
            const std::string said = line;
            if (const std::size_t at = said.find(before); at != std::string::npos) {
                port = std::stoi(said.substr(at + before.size()));
            }
        }
        if (port == 0) {
            end();
            throw std::runtime_error("chromedriver did not start");
        }
        client = std::make_unique<httplib::Client>("127.0.0.1", port);
        client->set_read_timeout(60);
    }
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    ~Driver() { end(); }

    void end()
    {
        kill(-process, SIGTERM);
        waitpid(process, nullptr, 0);
        std::fclose(output);
    }

    pid_t process = 0;
    std::FILE* output = nullptr;
    int port = 0;
    std::unique_ptr<httplib::Client> client;
};

namespace {

json value_of(const httplib::Result& result, const std::string& path)
{
    if (!result) {
        throw std::runtime_error(path + ": no answer: " + httplib::to_string(result.error()));
    }
    const json answer = json::parse(result->body);
    if (result->status != 200) {
        throw std::runtime_error(path + ": " + answer["value"].dump().substr(0, 1000));
    }
    return answer["value"];
}

}

Browser::Browser(const std::filesystem::path& profile, const std::filesystem::path& downloads)
    : driver_(std::make_unique<Driver>())
{
    // The sandbox needs a user that is not root, and shared memory is small in containers.
    const json options{
        {"binary", MOHS_CHROMIUM},
        {"args",
         {"--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
          "--user-data-dir=" + profile.string()}},
        {"prefs", {{"download.default_directory", downloads.string()}, {"download.prompt_for_download", false}}}};
    const json capabilities{{"browserName", "chrome"},
                            {"unhandledPromptBehavior", "ignore"},
                            {"goog:loggingPrefs", {{"browser", "ALL"}}},
                            {"goog:chromeOptions", options}};
    const json body{{"capabilities", {{"alwaysMatch", capabilities}}}};
    session_ = "/session/" + value_of(driver_->client->Post("/session", body.dump(), "application/json"), "/session")
                                 .at("sessionId")
                                 .get<std::string>();
}

Browser::~Browser()
{
    driver_->client->Delete(session_);
}

json Browser::post(const std::string& path, const json& body)
{
    return value_of(driver_->client->Post(session_ + path, body.dump(), "application/json"), path);
}

std::string Browser::element(const std::string& selector)
{
    const json found = post("/element", {{"using", "css selector"}, {"value", selector}});
    return "/element/" + found.begin().value().get<std::string>();
}

void Browser::open(const std::filesystem::path& page)
{
    post("/url", {{"url", "file://" + page.string()}});
}
void Browser::reload()
{
    post("/refresh", json::object());
}
void Browser::type(const std::string& selector, const std::string& keys)
{
    post(element(selector) + "/value", {{"text", keys}});
}
void Browser::click(const std::string& selector)
{
    post(element(selector) + "/click", json::object());
}
json Browser::run(const std::string& script)
{
    return post("/execute/sync", {{"script", script}, {"args", json::array()}});
}
std::string Browser::text(const std::string& selector)
{
    return run("return document.querySelector('" + selector + "').textContent").get<std::string>();
}
json Browser::console()
{
    return post("/se/log", {{"type", "browser"}});
}
bool Browser::has_dialog()
{
    return driver_->client->Get(session_ + "/alert/text")->status == 200;
}
