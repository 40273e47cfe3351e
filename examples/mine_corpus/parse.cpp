#include "settings.hpp"

#include <mohs/version.hpp>

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <sstream>
#include <type_traits>

namespace mine_corpus {

namespace {

const char* const differences =
    "Options with the names of sentence-transformers 6 mine_hard_negatives mean what they mean there, but for this:\n"
    "  - --range-max counts the negatives of a query; there positives count too, and as many ranks more are looked at\n"
    "    as the query with the most positives has.\n"
    "  - Without --range-max there is no bound: the search goes as deep as it takes; there it is range_min + 10\n"
    "    num_negatives + the most positives with margins or max_score, else range_min + num_negatives + those.\n"
    "  - A query with fewer negatives than were asked for keeps those it has, and is counted; there its n-tuples are\n"
    "    dropped.\n"
    "  - All positives of a query are kept from being its negatives, and so is, with --shared-ids or where queries "
    "and\n"
    "    corpus are one file, the query itself; there the query stays.\n"
    "  - Rows are taken as they are, and the corpus has the positives: equal rows are counted; there equal texts are\n"
    "    one, and a query has the positives of all its equals.\n"
    "  - Negatives are shared by the positives of a query, as there, unless --per-positive is given.\n"
    "  - --sampling random draws from all that pass every rule, without a bound, unless --pool or --range-max is "
    "given,\n"
    "    and by --seed; there from those within range_max, by the state of Python.\n"
    "  - --metric says what scores are; margins are of its unit. There rows are normalised and scores are cosines.\n"
    "  - Candidates are ranked by exact values, equal ones by the lowest row; rows that are not finite are nobody's\n"
    "    negatives, and counted.\n"
    "  - --guide-queries and --guide-corpus reject by the embeddings of another model (GISTEmbed), against the\n"
    "    positive that the guide finds farthest; there a cross-encoder gives new scores.\n"
    "With --index a graph suggests candidates, which go through the same rules by their exact values; --range-max\n"
    "counts those that it has found. Graphs are built on one thread, so results repeat; the summary says which share\n"
    "of the exact negatives they find.\n"
    "A run that was interrupted goes on where it stopped, if it is started again with the same options and files.\n";

/// A default, as help shows it; of an option that need not be given, nothing.
template <class T>
std::string text_of(const T& value)
{
    std::ostringstream text;
    text << value;
    return text.str();
}
template <class T>
std::string text_of(const std::optional<T>&)
{
    return "";
}

}  // namespace

std::optional<int> parse(int argc, const char* const* argv, Settings& settings)
{
    CLI::App app("Finds, for every query, hard negatives in a corpus, and writes what trainers read.");
    app.name("mine_corpus");
    app.footer(differences);
    app.failure_message([](const CLI::App*, const CLI::Error& error) {
        return "mine_corpus: " + std::string(error.what()) + "; --help lists the options\n";
    });
    app.set_version_flag("--version", "mohs " + std::to_string(mohs::version_major) + "." +
                                          std::to_string(mohs::version_minor) + "." +
                                          std::to_string(mohs::version_patch));
    const auto file = [&app](const char* name, std::string& value, const char* description) {
        return app.add_option(name, value, description)->type_name("FILE");
    };
    // Whatever the type of the value, so that the parser is compiled for few.
    const auto count = [&app](const char* name, auto& value, std::int64_t least, const char* description) {
        using Value = std::remove_reference_t<decltype(value)>;
        const std::function<void(const std::int64_t&)> set = [&value](const std::int64_t& given) {
            value = static_cast<Value>(given);
        };
        return app.add_option_function(name, set, description)
            ->type_name("N")
            ->check(CLI::Range(least, std::int64_t{1} << 53).description(""))
            ->default_str(text_of(value));
    };
    const auto number = [&app](const char* name, auto& value, const char* description) {
        const std::function<void(const double&)> set = [&value](const double& given) { value = given; };
        return app.add_option_function(name, set, description)->type_name("X")->default_str(text_of(value));
    };
    const auto word = [&app](const char* name, std::string& value, std::vector<std::string> words,
                             const char* description) {
        std::string list;
        for (const std::string& each : words) {
            list += (list.empty() ? "" : ", ") + each;
        }
        return app.add_option(name, value, std::string(description) + ": " + list)
            ->type_name("NAME")
            ->check(CLI::IsMember(std::move(words)).description(""))
            ->capture_default_str();
    };
    mohs::CorpusOptions& mining = settings.mining;
    file("--queries", settings.queries, "embeddings of queries: .npy, .fvecs, .bvecs, .fbin, .csv, .tsv")->required();
    file("--corpus", settings.corpus, "embeddings of the corpus")->required();
    file("--positives", settings.positives, "JSON lines of {\"query\": i, \"positives\": [j, ...]}: rows, or ids")
        ->required();
    file("--out", settings.out, "what is written")->required();
    word("--format", settings.format,
         {"triplet", "n-tuple", "labeled-pair", "labeled-list", "flagembedding", "tevatron", "trec"}, "of --out");
    app.add_flag("--scores", settings.scores, "scores in the records: bigger is closer, distances are negative");
    count("--num-negatives", mining.num_negatives, 1, "negatives of a query");
    count("--range-min", mining.range_min, 0, "the closest that pass are left out, as many");
    count("--range-max", mining.range_max, 1, "raw ranks from this one on are left out (default: no bound)");
    count("--raw-range-min", mining.raw_range_min, 0, "raw ranks before this one are left out");
    number("--max-score", mining.max_score, "larger values are rejected");
    number("--min-score", mining.min_score, "smaller values are rejected");
    number("--absolute-margin", mining.absolute_margin, "rejected unless farther than the positive by this much");
    number("--relative-margin", mining.relative_margin, "the same, as a share of the positive's value");
    std::string reference = "min", sampling = "top";
    word("--reference-positive", reference, {"min", "max", "mean", "own"}, "the positive that margins look at");
    app.add_flag("--per-positive", mining.per_positive, "negatives for every positive of a query; own implies it");
    word("--sampling", sampling, {"top", "random", "softmax", "simans"}, "of the negatives that pass");
    count("--pool", mining.pool, 1, "the closest that pass, from which is drawn");
    number("--temperature", mining.temperature, "of softmax");
    number("--simans-a", mining.simans_a, "of simans");
    number("--simans-b", mining.simans_b, "of simans, as its paper has it");
    count("--seed", mining.seed, 0, "of draws");
    word("--metric", settings.metric, {"cosine", "dot", "euclidean"}, "how close two rows are");
    number("--exclude-near-duplicates", settings.near_duplicates, "negatives closer to the query are rejected");
    CLI::Option* const guide = file("--guide-queries", settings.guide_queries,
                                    "embeddings of the queries by another model, which rejects what it finds closer "
                                    "than the positive");
    CLI::Option* const guide_corpus = file("--guide-corpus", settings.guide_corpus, "the same of the corpus");
    guide->needs(guide_corpus);
    guide_corpus->needs(guide);
    number("--guide-margin", settings.guide_margin, "or farther by less than this")->needs(guide);
    file("--verdicts", settings.verdicts, "judged pairs as JSON lines; what is a positive there is no negative here");
    file("--review", settings.review, "writes negatives that are closer than the positive, as a queue for review");
    number("--review-within", settings.review_within, "or farther by less than this");
    CLI::Option* const ids_queries = file("--ids-queries", settings.ids_queries, "an id per line");
    CLI::Option* const ids_corpus = file("--ids-corpus", settings.ids_corpus, "an id per line");
    ids_queries->needs(ids_corpus);
    ids_corpus->needs(ids_queries);
    app.add_flag("--shared-ids", settings.shared_ids, "a query and a document of one id are the same")
        ->needs(ids_queries);
    file("--texts-queries", settings.texts_queries, "a text per line");
    file("--texts-corpus", settings.texts_corpus, "a text per line");
    word("--index", settings.index, {"exact", "hnsw", "faiss"}, "where candidates come from");
    app.add_option("--report", settings.reports, "writes what happened, as .json or .html; may be given twice")
        ->type_name("FILE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    count("--threads", settings.threads, 0, "at most (default: all)")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{4096}).description(""))
        ->default_str("");
    count("--block", settings.block, 1, "queries that are finished together");
    count("--halt-at", settings.halt_at, -2, "")->group("");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 1;
    }
    using mohs::ReferencePositive, mohs::Sampling;
    mining.reference_positive = std::map<std::string, ReferencePositive>{
        {"min", ReferencePositive::min},
        {"max", ReferencePositive::max},
        {"mean", ReferencePositive::mean},
        {"own",
         ReferencePositive::own}}.at(reference);
    mining.per_positive = mining.per_positive || reference == "own";
    mining.sampling = std::map<std::string, Sampling>{{"top", Sampling::top},
                                                      {"random", Sampling::random},
                                                      {"softmax", Sampling::softmax},
                                                      {"simans", Sampling::simans}}
                          .at(sampling);
    return std::nullopt;
}

}  // namespace mine_corpus
