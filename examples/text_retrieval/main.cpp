#include "../common/progress_line.hpp"
#include "ngrams.hpp"
#include "sense_mining.hpp"
#include "study.hpp"

#include <mohs/io/atomic_file.hpp>
#include <mohs/io/npy.hpp>
#include <mohs/version.hpp>

#include <CLI/CLI.hpp>
#include <chrono>
#include <exception>
#include <iostream>

namespace {

using namespace text_retrieval;

struct Settings {
    std::string model = "ngrams", texts = MOHS_TEXT_RETRIEVAL_DATA "/texts.tsv", embeddings, wordnet, write_texts;
    Index columns = 1024, senses = 5000;
    std::size_t seeds = 5;
    TrainingOptions training;
};

mohs::Matrix read_embeddings(const std::string& path, std::size_t texts)
{
    const mohs::RowFile file = mohs::open_npy(path);
    if (file.rows() != static_cast<Index>(texts)) {
        throw std::runtime_error(path + ": has " + std::to_string(file.rows()) + " rows, but there are " +
                                 std::to_string(texts) + " texts");
    }
    mohs::Matrix rows;
    file.read(0, file.rows(), rows);
    if (!rows.allFinite()) {
        throw std::runtime_error(path + ": has numbers that are not finite");
    }
    return rows;
}

void train_on_texts(const Settings& settings)
{
    const Texts texts = read_texts(settings.texts);
    const bool sentences = settings.model == "sentences";
    const mohs::Matrix features =
        sentences
            ? read_embeddings(settings.embeddings.empty() ? MOHS_TEXT_RETRIEVAL_DATA "/texts.npy" : settings.embeddings,
                              texts.texts.size())
            : embed_ngrams(texts.texts, settings.columns);
    const Split parts = split(texts, settings.training.seed);
    std::cout << texts.names.size() << " meanings of ambiguous words, " << texts.passages.size() << " passages, "
              << parts.training.size() << " queries to train on, " << parts.held_out.size()
              << " held out, others for each seed.\nEmbeddings: "
              << (sentences ? "of sentences, by a model" : "hashed n-grams") << ", " << features.cols()
              << " columns; a linear map of rank " << settings.training.rank << ", " << settings.training.steps
              << " steps, mined every " << settings.training.mine_every << ".\n"
              << std::flush;
    print(std::cout, texts, run_study(texts, features, settings.training, settings.seeds));
}

void mine_wordnet(const Settings& settings)
{
    const Senses senses = take_senses(read_wordnet(settings.wordnet), settings.senses);
    if (senses.queries.empty()) {
        throw std::runtime_error(settings.wordnet + ": has no synset with examples of an ambiguous word");
    }
    if (!settings.write_texts.empty()) {
        mohs::AtomicFile file(settings.write_texts);
        for (const std::string& text : senses.texts) {
            file.write(text);
            file.write("\n");
        }
        file.commit();
        std::cout << "wrote " << senses.texts.size() << " texts to " << settings.write_texts << '\n';
        return;
    }
    const mohs::Matrix ngrams = embed_ngrams(senses.texts, settings.columns);
    mohs::Matrix sentences;
    if (settings.model == "sentences") {
        sentences = read_embeddings(settings.embeddings, senses.texts.size());
    }
    std::size_t siblings = 0, other_senses = 0;
    for (const SenseQuery& query : senses.queries) {
        siblings += query.siblings.size();
        other_senses += query.other_senses.size();
    }
    std::cout << senses.synsets << " senses of " << senses.words << " words, " << senses.texts.size()
              << " glosses and examples; " << senses.queries.size() << " queries, with " << siblings
              << " known false negatives and " << other_senses << " true hard ones.\nEmbeddings: "
              << (sentences.size() > 0 ? "of sentences, by a model" : "hashed n-grams") << ", "
              << (sentences.size() > 0 ? sentences : ngrams).cols() << " columns.\n"
              << std::flush;
    examples::ProgressLine progress("%");
    const auto show = [&](double share) { progress.show(100 * share, 100); };
    const bool is_model = sentences.size() > 0;
    const SenseMining mining = mine_senses(senses, is_model ? sentences : ngrams, is_model ? &ngrams : nullptr, show);
    progress.clear();
    print(std::cout, senses, mining);
}

}  // namespace

int main(int argc, char** argv)
{
    Settings settings;
    CLI::App app(
        "Hard negatives for text retrieval. Trains a linear map on embeddings of short texts about ambiguous words, "
        "with\n"
        "random and with mined negatives, and compares how well held-out queries find their passages; or mines in\n"
        "WordNet, where some false negatives are known, and scores filters by them.");
    app.name("text_retrieval");
    app.get_formatter()->column_width(26);
    app.failure_message([](const CLI::App*, const CLI::Error& error) {
        return "text_retrieval: " + std::string(error.what()) + "; --help lists the options\n";
    });
    app.set_version_flag("--version", "mohs " + std::to_string(mohs::version_major) + "." +
                                          std::to_string(mohs::version_minor) + "." +
                                          std::to_string(mohs::version_patch));
    const auto number = [&app](const char* name, auto& value, std::int64_t lowest, std::int64_t highest,
                               const char* description) {
        return app.add_option(name, value, description)
            ->type_name("N")
            ->check(CLI::Range(lowest, highest).description(""))
            ->capture_default_str();
    };
    CLI::Option* const model =
        app.add_option("--model", settings.model, "what texts are embedded by: ngrams, sentences")
            ->type_name("NAME")
            ->check(CLI::IsMember({"ngrams", "sentences"}).description(""))
            ->capture_default_str();
    app.add_option("--texts", settings.texts,
                   "lines of word, meaning, passage or query, and text (default: those that come with it)")
        ->type_name("FILE");
    app.add_option("--embeddings", settings.embeddings,
                   "rows of sentence embeddings for the texts, which embed_sentences.mjs writes;\n"
                   "implies --model sentences")
        ->type_name("FILE");
    number("--columns", settings.columns, 1, 1 << 16, "of n-grams");
    number("--seed", settings.training.seed, 0, 1'000'000'000'000, "first seed");
    number("--seeds", settings.seeds, 1, 10'000, "number of seeds");
    number("--steps", settings.training.steps, 1, 10'000'000, "of training");
    number("--mine-every", settings.training.mine_every, 1, 10'000'000, "steps");
    number("--negatives", settings.training.negatives, 1, 1000, "of a query in training");
    CLI::Option* const wordnet =
        app.add_option("--wordnet", settings.wordnet,
                       "folder of WordNet 3.0 (Debian: wordnet-base, in /usr/share/wordnet): mines there")
            ->type_name("FOLDER");
    number("--senses", settings.senses, 0, 1'000'000, "of WordNet, at least; 0 for those of all ambiguous words")
        ->needs(wordnet);
    app.add_option("--write-texts", settings.write_texts,
                   "writes the glosses and examples of WordNet, one per line, for embed_sentences.mjs,\n"
                   "and does nothing else")
        ->type_name("FILE")
        ->needs(wordnet);
    try {
        app.parse(argc, argv);
        if (!settings.embeddings.empty()) {
            if (model->count() > 0 && settings.model != "sentences") {
                throw CLI::ValidationError("--embeddings", "is for --model sentences");
            }
            settings.model = "sentences";
        }
        if (!settings.wordnet.empty() && settings.model == "sentences" && settings.embeddings.empty()) {
            throw CLI::ValidationError("--wordnet", "with --model sentences needs --embeddings");
        }
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    // Eigen's threads wait for each other in loops, and its products are small here.
    Eigen::setNbThreads(1);
    try {
        const auto begin = std::chrono::steady_clock::now();
        if (settings.wordnet.empty()) {
            train_on_texts(settings);
        } else {
            mine_wordnet(settings);
        }
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        std::cout << "\ntook " << examples::ProgressLine::duration(seconds) << '\n';
        if (!std::cout.flush()) {
            throw std::runtime_error("the results could not be written to the standard output");
        }
    } catch (const std::exception& error) {
        std::cerr << "text_retrieval: " << error.what() << '\n';
        return 1;
    }
}
