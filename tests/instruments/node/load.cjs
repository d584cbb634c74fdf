// Loads the survey given as a file, answers it as told, and prints what the real survey-core makes of it.
const fs = require("node:fs");
const { Model } = require("survey-core");
const [file, locale, answers] = process.argv.slice(2);
const survey = new Model(JSON.parse(fs.readFileSync(file, "utf8")));
survey.locale = locale === "-" ? "" : locale;
if (answers) survey.data = JSON.parse(answers);
const questions = survey.getAllQuestions();
console.log(
  JSON.stringify({
    errors: (survey.jsonErrors || []).map((error) => error.message),
    title: survey.processedTitle,
    names: questions.map((question) => question.name),
    visible: questions.filter((question) => question.isVisible && question.page.isVisible).map((question) => question.name),
    rows: questions.filter((q) => q.getType() === "matrix").flatMap((q) => q.rows.map((row) => row.text)),
    valid: survey.validate(),
  }),
);
