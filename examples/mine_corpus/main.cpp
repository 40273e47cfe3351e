#include "run.hpp"
#include "summary.hpp"

#include <csignal>
#include <exception>
#include <iostream>

namespace {

volatile std::sig_atomic_t stopped = 0;

void on_signal(int number)
{
    stopped = 1;
    std::signal(number, SIG_DFL);  // a second one does not wait
}

}  // namespace

int main(int argc, char** argv)
{
    mine_corpus::Settings settings;
    if (const std::optional<int> status = mine_corpus::parse(argc, argv, settings)) {
        return *status;
    }
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    try {
        const mine_corpus::Outcome outcome = mine_corpus::run(settings, [] { return stopped != 0; });
        if (outcome.stopped) {
            std::cerr << "mine_corpus: stopped; " << outcome.blocks_done + outcome.blocks_reused << " of "
                      << outcome.blocks << " blocks are kept: start again with the same options to go on\n";
            return 130;
        }
        std::cout << mine_corpus::summary_text(settings, outcome) << "wrote " << settings.out << "\n";
        if (!std::cout.flush()) {
            throw std::runtime_error("the summary could not be written to the standard output");
        }
    } catch (const std::exception& error) {
        std::cerr << "mine_corpus: " << error.what() << "\n";
        return 1;
    }
}
